import type { SearchTexts } from '../../model/thread.js';
import type { Database } from '../sqlite.js';
import { spaced } from './words.js';

/** Characters of one request that are indexed of each kind: longer ones (logs, dumps) are found by their beginning. */
const MAX_CHARACTERS = 1_000_000;

export type IndexTexts = (request: number, texts: SearchTexts) => void;

/** Makes what a request and its answer said findable, in place of what was; with it the error that ended it. */
export function createTextIndex(db: Database): IndexTexts {
  const remove = db.prepare<[number]>('DELETE FROM request_texts WHERE rowid = ?');
  const readError = db
    .prepare<[number], string | null>('SELECT error FROM captured_responses WHERE request = ?')
    .pluck();
  const insert = db.prepare<[number, string, string, string]>(
    'INSERT INTO request_texts (rowid, prompt, result, answer) VALUES (?, ?, ?, ?)',
  );
  return (request, { prompts, results, answer }) => {
    const error = readError.get(request) ?? '';
    remove.run(request);
    insert.run(request, joined(prompts), joined(results), joined([...answer, error]));
  };
}

/** Line feeds between: no phrase reaches over two texts but by accident of the words at their ends. */
function joined(texts: readonly string[]): string {
  return spaced(texts.join('\n').slice(0, MAX_CHARACTERS));
}

/** Requests whose texts were never indexed: attributed before there was an index, or stored after it was damaged. */
export function countUnsearchable(db: Database): number {
  const count = db.prepare<[], number>(`
    SELECT count(*) FROM captured_responses
    WHERE attribution_version IS NOT NULL AND request NOT IN (SELECT id FROM request_texts_docsize)`);
  return count.pluck().get() ?? 0;
}

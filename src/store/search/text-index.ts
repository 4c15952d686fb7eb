import type { SearchTexts } from '../../model/thread.js';
import type { Database } from '../sqlite.js';
import { spaced } from './words.js';

/** Indexed characters of each kind for one request: longer texts (logs, dumps) are found by their beginning. */
const MAX_CHARACTERS = 1_000_000;

export type IndexTexts = (request: number, texts: SearchTexts) => void;

/** Indexes the new texts of a request, its answer and the error that ended it, and replaces earlier ones. */
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

function joined(texts: readonly string[]): string {
  return spaced(texts.join('\n').slice(0, MAX_CHARACTERS));
}

/** Requests whose texts are not indexed: attributed before there was an index, or before a repair emptied it. */
export function countUnsearchable(db: Database): number {
  const count = db.prepare<[], number>(`
    SELECT count(*) FROM captured_responses
    WHERE attribution_version IS NOT NULL AND request NOT IN (SELECT id FROM request_texts_docsize)`);
  return count.pluck().get() ?? 0;
}

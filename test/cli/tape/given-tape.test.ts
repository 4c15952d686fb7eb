import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { tapeFile } from '../../../src/cli/replay/find-tapes.js';
import { matchingTapes } from '../../../src/cli/tape/given-tape.js';
import { saveTape } from '../../../src/mcp/tape/index.js';
import { openStore } from '../../../src/store/index.js';
import { framesOf, tapeFolder, tapeHead } from '../../mcp/tape/support/tapes.js';
import { aRequestOf } from '../../store/support/old-history.js';
import { aRun } from '../../store/support/records.js';

const EARLIER = 'aaaaaaaa-0000-4000-8000-000000000001';
const LATEST = 'bbbbbbbb-0000-4000-8000-000000000002';
const FOREIGN = 'cccccccc-0000-4000-8000-000000000003';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A data folder with two sessions, the first of which has a name, a tape of each, and one of a session that is not stored. */
async function dataFolder(): Promise<string> {
  const folder = tapeFolder();
  vi.stubEnv('CLAUDE_TRACE_DATA_DIR', folder);
  const store = openStore(join(folder, 'trace.db'));
  const run = aRun();
  store.beginRun(run);
  store.saveRequest(aRequestOf(run.id, 1, { sessionId: EARLIER }));
  store.saveRequest(aRequestOf(run.id, 0, { sessionId: LATEST }));
  store.nameSession(EARLIER, 'before the rewrite');
  store.close();
  for (const session of [EARLIER, LATEST, FOREIGN]) {
    await saveTape(join(folder, 'tapes'), tapeHead({ session }), framesOf('{}'));
  }
  return join(folder, 'tapes');
}

it('tapes of a session are found by its name, by last, by its id and by a prefix of it', async () => {
  const folder = await dataFolder();
  const sessionsOf = async (session: string) =>
    (await matchingTapes({ folder, filter: { session } })).tapes.map((tape) => tape.session);
  expect(await sessionsOf('before the rewrite')).toEqual([EARLIER]);
  expect(await sessionsOf('last')).toEqual([LATEST]);
  expect(await sessionsOf(LATEST)).toEqual([LATEST]);
  expect(await sessionsOf('aaaa')).toEqual([EARLIER]);
  expect(await sessionsOf('cccc')).toEqual([FOREIGN]);
  expect(await sessionsOf('dddd')).toEqual([]);
});

it('without a stored session, last is an error, and tapes are still found by a prefix', async () => {
  const folder = tapeFolder();
  vi.stubEnv('CLAUDE_TRACE_DATA_DIR', folder);
  await saveTape(folder, tapeHead({ session: FOREIGN }), framesOf('{}'));
  expect((await matchingTapes({ folder, filter: { session: 'cccc' } })).tapes).toHaveLength(1);
  await expect(matchingTapes({ folder, filter: { session: 'last' } })).rejects.toThrow('No session has been captured');
});

it.each(['nope.tape.jsonl', './nope.tape.jsonl.gz', '/nowhere/nope'])(
  '%s, which does not exist, is named as a missing file',
  async (word) => {
    vi.stubEnv('CLAUDE_TRACE_DATA_DIR', tapeFolder());
    await expect(tapeFile(word)).rejects.toThrow(`There is no file ${word}.`);
  },
);

it('a word that is no path may be a session', async () => {
  vi.stubEnv('CLAUDE_TRACE_DATA_DIR', tapeFolder());
  expect(await tapeFile('feature/tapes')).toBeNull();
});

import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../src/attribution/index.js';
import { openReader } from '../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { newSandbox } from '../support/product.js';

/** A database with one request for each element, whose tokens are of known and of unknown text. */
function filled(requests: { known: number; reminders?: number; unknown?: number; version?: number }[]): string {
  const { file, store, run } = startedStore();
  for (const { known, reminders = 0, unknown = 0, version = ATTRIBUTION_VERSION } of requests) {
    const request = aRequest(run.id, { body: aBody('{}') });
    store.saveRequest(request);
    const shares = [
      aShare('user', known / 2),
      aShare('framework:reminder', known / 2, { part: 'reminder' }),
      aShare('framework:reminder', reminders, { part: 'text' }),
      aShare('unknown', unknown),
    ];
    store.saveResponse(aResponse(request, { body: aBody('{}') }), anAttribution(shares, { version }));
  }
  store.endRun(run.id);
  store.close();
  return file;
}

it('sums what no rule knows over the newest requests that this version has attributed', () => {
  const file = filled([
    { known: 7, unknown: 7 },
    { known: 100, reminders: 50, version: ATTRIBUTION_VERSION - 1 },
    { known: 800, reminders: 150, unknown: 50 },
    { known: 1_000 },
  ]);
  const reader = openReader(file);
  expect(reader.unmatched(ATTRIBUTION_VERSION, 2)).toEqual({ requests: 2, total: 2_000, tokens: 200, share: 0.1 });
  expect(reader.unmatched(ATTRIBUTION_VERSION + 1, 2)).toEqual({ requests: 0, total: 0, tokens: 0, share: 0 });
  reader.close();
});

it('is in doctor and in show, as a number and as a share', async () => {
  const sandbox = await newSandbox();
  const env = {
    CLAUDE_TRACE_DATA_DIR: dirname(filled([{ known: 1_000 }, { known: 800, reminders: 150, unknown: 50 }])),
  };
  const out = async (...args: string[]) => (await sandbox.run(args, { env })).stdout.toString();
  const summary = 'no rule recognizes 200 of 2.0k tokens (10 %) of the newest 2 requests';
  expect(await out('doctor')).toMatch(new RegExp(`^note +attribution +${summary.replace(/[()]/g, '\\$&')}; `, 'm'));
  expect(await out('show', 'last')).toContain('No rule knows 200 of 1.0k tokens (20 %).');
  expect(JSON.parse(await out('show', 'last', '--json'))).toMatchObject({ unmatched_tokens: 200 });
});

it('is no more than said where rules know all', async () => {
  const sandbox = await newSandbox();
  const env = { CLAUDE_TRACE_DATA_DIR: dirname(filled([{ known: 1_000 }])) };
  const { stdout } = await sandbox.run(['doctor'], { env });
  expect(stdout.toString()).toMatch(
    /^ok +attribution +no rule recognizes 0 of 1\.0k tokens \(0 %\) of the newest 1 request$/m,
  );
});

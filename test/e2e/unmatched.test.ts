import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../src/attribution/index.js';
import { openReader } from '../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { client, message } from '../support/product/client.js';
import { newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

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

it('is in a line of doctor for an issue, with other things that a new Claude Code sends, and without their values', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Hello.') });
  onTestFinished(() => api.close());
  const headers = {
    'user-agent': 'claude-cli/9.1.0 (external, cli)',
    'x-claude-code-zorb': 'zorblax',
    'x-acme-team': 'zorblax',
    'anthropic-beta': 'claude-code-20250219,zorb-2027-01-31',
  };
  const reminder = '<system-reminder>\nZorblax was never seen before.\n</system-reminder>';
  const content = [reminder, 'zorblax'].map((text) => ({ type: 'text', text }));
  const body = message('', { zorb_level: 'zorblax', messages: [{ role: 'user', content }] });
  const requests = [
    { headers, body },
    { headers: { 'user-agent': 'other/1.0', 'x-claude-other': '1' }, body: message('x', { other: 1 }) },
  ];
  const env = { ...(await sandbox.behind(api)), ANTHROPIC_CUSTOM_HEADERS: 'X-Acme-Team: zorblax' };
  await sandbox.run(['wrap', '--', ...client({ requests })], { env });

  const { stdout } = await sandbox.run(['doctor']);
  const [line = '', ...more] = stdout
    .toString()
    .split('\n')
    .filter((each) => / Claude Code /.test(each));
  expect(more).toEqual([]);
  expect(line).toMatch(
    /^note {2}Claude Code +claude-trace \S+ does not know these parts of Claude Code 9\.1\.0, seen in 1 request: beta zorb-2027-01-31 \(1\), field zorb_level \(1\), header x-claude-code-zorb \(1\), text reminder \(1\), text without a rule: \d+ %\. Please paste/,
  );
  expect(line).not.toMatch(/zorblax|acme|other/i);
});

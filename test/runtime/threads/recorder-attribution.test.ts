import { expect, it } from 'vitest';
import { createRedactor } from '../../../src/capture/index.js';
import type { HeaderList } from '../../../src/model/exchange.js';
import { createRecorderAttribution } from '../../../src/runtime/threads/recorder-attribution.js';
import { SqliteGate } from '../../../src/runtime/threads/sqlite-gate.js';
import type { WriteJob } from '../../../src/store/index.js';
import { aRequest, aResponse, aRun } from '../../store/support/records.js';
import { tempDatabase } from '../../store/support/temp-database.js';

function attributed(push: (job: WriteJob) => void) {
  const run = aRun();
  const problems: string[] = [];
  const { attribute } = createRecorderAttribution({
    database: tempDatabase(),
    prices: {},
    secretHeaders: [['X-Own', 'value']],
    run,
    redactor: createRedactor(Buffer.alloc(32)),
    gate: new SqliteGate(),
    busyTimeoutMs: 100,
    push,
    report: (code, message) => problems.push(`${code}: ${message}`),
  });
  const headers: HeaderList = [
    ['User-Agent', 'claude-cli/2.1.400 (external, cli)'],
    ['X-Own', 'value'],
    ['X-Claude-Zorb', 'value'],
  ];
  const request = aRequest(run.id, { headers });
  return { attribution: attribute(request, aResponse(request)), problems };
}

it('notes what is new in a version of Claude Code, without the headers of the user', () => {
  const jobs: WriteJob[] = [];
  const { attribution, problems } = attributed((job) => jobs.push(job));
  expect(attribution?.segments.length).toBeGreaterThan(0);
  expect(jobs).toMatchObject([
    { type: 'novelties', seen: { version: '2.1.400', novelties: [{ kind: 'header', name: 'x-claude-zorb' }] } },
  ]);
  expect(problems).toEqual([]);
});

it('attributes a request even if its novelties cannot be noted', () => {
  const { attribution, problems } = attributed(() => {
    throw new Error('the test breaks this');
  });
  expect(attribution?.segments.length).toBeGreaterThan(0);
  expect(problems).toEqual([
    'novelties: `claude-trace doctor` may miss what is new in Claude Code: the test breaks this.',
  ]);
});

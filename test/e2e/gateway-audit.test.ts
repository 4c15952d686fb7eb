import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newSandbox, notices } from '../support/product.js';

// Only the gateway has its secrets.
const CONFIG = `version: 1\nkeys: ["\${SESSION_KEY}"]\naudit: { file: logs.jsonl }\nroutes: { wiki: { upstreams: [{ url: "http://127.0.0.1:1" }] } }\n`;

const EVENTS = [
  {
    at: '2026-03-04T12:00:00.000Z',
    type: 'auth',
    outcome: 'refused',
    route: 'wiki',
    subject: 'a\u001b[31m',
    reason: 'expired',
  },
  { at: '2026-03-04T12:01:00.000Z', type: 'limit', outcome: 'limited', route: 'wiki', subject: 'bob', tier: 'ip' },
  { at: '2026-03-04T12:02:00.000Z', type: 'reload', outcome: 'ok', changed: ['routes', 'audit'] },
];

it('claude-trace gateway audit shows what the audit log says', async () => {
  const sandbox = await newSandbox();
  await writeFile(join(sandbox.cwd, 'gateway.yaml'), CONFIG);
  const audit = (...args: string[]) => sandbox.run(['gateway', 'audit', ...args]);
  const missing = await audit();
  expect(missing.exitCode).toBe(1);
  expect(notices(missing).join('\n')).toMatch(/logs\.jsonl does not exist yet/);
  await writeFile(join(sandbox.cwd, 'logs.jsonl'), `${EVENTS.map((event) => JSON.stringify(event)).join('\n')}\n{"cut`);
  const table = await audit();
  const lines = table.stdout.toString().split('\n');
  expect(lines[0]).toMatch(/^TIME +TYPE +OUTCOME +ROUTE +SUBJECT +DETAIL$/);
  expect(lines[1]).toMatch(/auth +refused +wiki +a\S*\[31m +reason expired$/);
  expect(lines[1]).not.toContain('\u001b');
  expect(lines[3]).toMatch(/reload +ok +changed routes audit$/);
  expect(notices(table).join('\n')).toContain('1 line cannot be read');
  const json = await audit('--json', '--type', 'auth,limit', '--subject', 'b*');
  expect(JSON.parse(json.stdout.toString())).toMatchObject({ matches: 1, events: [EVENTS[1]] });
  const newest = await audit('--limit', '1');
  expect(newest.stdout.toString()).toContain('The newest 1 of 3; --limit shows more.');
  for (const wrong of [
    ['--type', 'nothing'],
    ['--since', 'never'],
  ])
    expect((await audit(...wrong)).exitCode).toBe(2);
});

it('claude-trace gateway audit --follow ends without an error at the next event after its reader left', async () => {
  const sandbox = await newSandbox();
  await writeFile(join(sandbox.cwd, 'gateway.yaml'), CONFIG);
  const log = join(sandbox.cwd, 'logs.jsonl');
  await writeFile(log, '');
  const following = sandbox.start(['gateway', 'audit', '--follow', '--json']);
  following.process.stdout.destroy();
  // Again and again: it follows from where the log ends when it opens it.
  const events = setInterval(() => void appendFile(log, `${JSON.stringify(EVENTS[1])}\n`), 50);
  const ended = await following.ended.finally(() => clearInterval(events));
  expect(ended).toMatchObject({ exitCode: 0, signal: null });
});

import { expect, it, onTestFinished } from 'vitest';
import { toJsonRow } from '../../src/base/json-row.js';
import { client } from '../support/product/client.js';
import { newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const MARK = { cache_control: { type: 'ephemeral' } };
const HEADERS = { 'content-type': 'application/json', 'X-Claude-Code-Session-Id': 'session-1' };
const tool = (name: string, description: string) => ({ name, description, input_schema: { type: 'object' } });

/** A turn of a conversation, whose server describes one of its tools in these words. */
function turn(description: string, ...more: object[]): string {
  return JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 64,
    tools: [tool('Read', 'Reads a file. '.repeat(20)), tool('mcp__clock__time', description)],
    system: [{ type: 'text', text: 'You are a coding assistant. '.repeat(40), ...MARK }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What time is it? '.repeat(10), ...MARK }] }, ...more],
  });
}

it('diff says which source made the cache miss, its text before and after, and what that cost', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Noon.') });
  onTestFinished(() => api.close());
  const answered = [
    { role: 'assistant', content: [{ type: 'text', text: 'Noon.' }] },
    { role: 'user', content: [{ type: 'text', text: 'And now?', ...MARK }] },
  ];
  const bodies = [turn('Tells the time. It is 11:59.'), turn('Tells the time. It is 12:00.', ...answered)];
  const plan = { requests: bodies.map((body) => ({ headers: HEADERS, body })) };
  const traced = await sandbox.run(['wrap', '--quiet', '--', ...client(plan)], { env: await sandbox.behind(api) });
  expect(traced.exitCode).toBe(0);

  const [, second] = sandbox.stored();
  const miss = second?.row.cacheMiss;
  expect(miss).toMatchObject({ cause: 'changed', source: 'mcp:clock', path: '/tools/1' });
  expect(miss?.lostTokens).toBeGreaterThan(0);
  expect(miss?.lostUsd).toBeGreaterThan(0);

  const text = (await sandbox.run(['diff', 'last'])).stdout.toString();
  expect(text).toMatch(/^cache +missed: mcp:clock changed at \/tools\/1: \d+ tokens billed again, \$0\.\d+ more than/m);
  expect(text).toMatch(/^ {2}- .*It is 11:59\.[^\n]*\n {2}\+ .*It is 12:00\./m);
  expect(text).toMatch(/^changed mcp:clock definition \(mcp__clock__time\)/m);

  const diff = JSON.parse((await sandbox.run(['diff', 'last', '--json'])).stdout.toString());
  expect(diff.cache_miss).toEqual(toJsonRow(miss));
  expect(diff.changes.filter(({ at_end }: { at_end: boolean }) => !at_end)).toMatchObject([
    { kind: 'changed', before: { path: '/tools/1' }, after: { path: '/tools/1' } },
  ]);

  expect((await sandbox.run(['show', 'last'])).stdout.toString()).toMatch(/^cache missed +mcp:clock changed at/m);
});

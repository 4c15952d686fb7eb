import { expect, it, onTestFinished } from 'vitest';
import { client } from '../support/product/client.js';
import { newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const HEADERS = { 'content-type': 'application/json', 'X-Claude-Code-Session-Id': 'session-1' };

it('a session that is resumed under another wrap goes on in its thread, with exact figures for what is new', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Noon.') });
  onTestFinished(() => api.close());
  const system = 'You are a coding assistant. '.repeat(40);
  const asked = { role: 'user', content: [{ type: 'text', text: 'What time is it?' }] };
  const answered = { role: 'assistant', content: [{ type: 'text', text: 'Noon.' }] };
  const pasted = { role: 'user', content: [{ type: 'text', text: 'And what is this? '.repeat(30) }] };
  for (const messages of [[asked], [asked, answered, pasted]]) {
    const body = JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, system, messages });
    const traced = await sandbox.run(['wrap', '--quiet', '--', ...client({ requests: [{ headers: HEADERS, body }] })], {
      env: await sandbox.behind(api),
    });
    expect(traced.exitCode).toBe(0);
  }

  const [first, second] = sandbox.stored();
  expect(second?.row).toMatchObject({
    threadId: first?.row.id,
    previousId: first?.row.id,
    continuation: 'extends',
  });
  const { segments } = JSON.parse((await sandbox.run(['show', 'last', '--json'])).stdout.toString());
  const [before, after] = [first?.row.tokens, second?.row.tokens];
  expect(segments.at(-1)).toMatchObject({
    source: 'user',
    known: 'exact',
    tokens: (after?.input ?? 0) - (before?.input ?? 0) - (before?.output ?? 0),
  });
});

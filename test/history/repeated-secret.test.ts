import { expect, it } from 'vitest';
import { createRecorder, createRedactor } from '../../src/capture/index.js';
import { createAttributor } from '../../src/history/attributor.js';
import type { HeaderList } from '../../src/model/exchange.js';
import type { ThreadAttribution } from '../../src/model/thread.js';
import type { HttpEvent } from '../../src/wire/index.js';
import { settled } from '../capture/support/settled.js';

const SECRET = 'opaque/bearer+token==';

function events(exchange: string, messages: readonly object[], headers: HeaderList): HttpEvent[] {
  const bytes = Buffer.from(JSON.stringify({ model: 'claude-sonnet-4-5', messages }));
  const head = { scheme: 'https', method: 'POST', target: '/v1/messages', httpVersion: '1.1', headers } as const;
  return [
    { type: 'request_head', exchange, host: 'api.anthropic.com', port: 443, ...head, at: 100 },
    { type: 'request_body', exchange, bytes, at: 101 },
    { type: 'request_end', exchange, size: bytes.length, truncated: false, at: 102 },
    settled(exchange),
  ];
}

it('a message that becomes secret between two requests that carry it is in the attribution of the first one only', () => {
  const attributions: (ThreadAttribution | null)[] = [];
  const attributor = createAttributor({
    prices: {},
    onFailure(error) {
      throw error;
    },
  });
  const recorder = createRecorder({
    runId: 'run_1',
    redactor: createRedactor(Buffer.alloc(32, 1)),
    onRequest() {},
    onEnd: (request, response) => attributions.push(attributor.attribute(request, response)),
  });
  const asked = { role: 'user', content: `The word is ${SECRET}.` };
  const more = [
    { role: 'assistant', content: 'Yes.' },
    { role: 'user', content: 'Go on.' },
  ];
  events('1', [asked], []).forEach(recorder.handle);
  events('2', [asked, ...more], [['authorization', `Bearer ${SECRET}`]]).forEach(recorder.handle);
  events('3', [asked, ...more, ...more], []).forEach(recorder.handle);
  const [first, ...others] = attributions.map((attribution) => JSON.stringify(attribution));
  expect(first).toContain(SECRET);
  expect(others).toHaveLength(2);
  for (const other of others) expect(other).not.toContain(SECRET);
  expect(others[0]).toContain('The word is [redacted:');
});

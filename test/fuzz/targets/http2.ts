import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Header } from '../../../src/model/exchange.js';
import { observed, type Step, type Summary, summarize } from '../../wire/support/wire.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';
import { servedByNode } from './support/node-http2-server.js';

interface Phase {
  sender: 'client' | 'upstream';
  bytes: Buffer;
}

const recorded: { sender: Phase['sender']; bytes: string }[][] = JSON.parse(
  readFileSync(new URL('support/http2-sessions.json', import.meta.url), 'utf8'),
);
const SESSIONS = recorded.map((phases) =>
  phases.map(({ sender, bytes }): Phase => ({ sender, bytes: Buffer.from(bytes, 'base64') })),
);

const TOKENS = [
  // HEADERS, CONTINUATION, DATA (padded), RST_STREAM, SETTINGS with a header table size, PUSH_PROMISE, GOAWAY, PING, priority.
  '000003010500000007828487',
  '0000030101000000078284870000000904000000 07',
  '00000300090000000102780000',
  '000004030000000001 00000008',
  '000006040000000000 000100000000',
  '000006040000000000 0001ffffffff',
  '000006050400000001 0000000282848700',
  '000008070000000000 0000000000000000',
  '000008060000000000 0000000000000000',
  '00000501240000000180000000ff',
  '0000000001',
  '20',
  '3fe11f',
  '3fffffffff0f',
  'ffffffff7f',
  'be',
  '80',
  '00000000',
  'ffffff',
].map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

const session = fc.constantFrom(...SESSIONS);
const damagedSession: fc.Arbitrary<Phase[]> = session.chain((phases) =>
  fc.tuple(fc.nat(phases.length - 1), fc.nat(phases.length - 1)).chain(([first, second]) =>
    fc.tuple(
      ...phases.map(({ sender, bytes }, index) => {
        const whole = fc.constant(bytes);
        const part = index === first || index === second ? damaged(whole, TOKENS, 3) : whole;
        return part.map((given): Phase => ({ sender, bytes: given }));
      }),
    ),
  ),
);

function seen(phases: readonly Phase[], places: readonly number[] | 'each', alpn: string | null): Summary[] {
  const { events, play } = observed({ connection: { alpn } });
  for (const { sender, bytes } of phases) {
    const steps = cut(bytes, places).map((part): Step => (sender === 'client' ? { client: part } : { upstream: part }));
    play(...steps);
  }
  play('upstream fin', { closed: { by: 'upstream', how: 'fin', code: null } });
  const exchanges = summarize(events);
  for (const { outcome } of exchanges) assert.notEqual(outcome, null);
  return exchanges;
}

export const http2 = fuzzTarget('http2', 300, fc.record({ phases: damagedSession, cuts }), (input) => {
  const whole = seen(input.phases, [], 'h2');
  assert.deepEqual(seen(input.phases, input.cuts, 'h2'), whole);
});

/** Without the GOAWAY at the end. */
const clientBytes = session.map((phases) =>
  Buffer.concat(phases.flatMap(({ sender, bytes }) => (sender === 'client' ? [bytes] : [])).slice(0, -1)),
);

export const http2AsNode = fuzzTarget('http2-as-node', 60, damaged(clientBytes, TOKENS, 2), async (bytes) => {
  const expected = await servedByNode(bytes);
  if (expected === null) return;
  const { events, play } = observed({ connection: { alpn: 'h2' } });
  play({ client: bytes });
  const read = summarize(events).map(({ request, requestHeaders, requestBody, degraded }) => ({
    request,
    headers: requestHeaders.filter(isValid),
    body: requestBody,
    degraded,
  }));
  assert.deepEqual(
    read,
    expected.map((each) => ({ ...each, degraded: null })),
  );
});

/** RFC 9113 §8.2.1. Node leaves out invalid fields. */
function isValid([name, value]: Header): boolean {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && /^[\t -~\x80-\xff]*$/.test(value) && value.trim() === value;
}

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Canceller } from '../../../src/gateway/cancel-signal.js';
import { streamAnswer } from '../../../src/gateway/route/stream-answer.js';
import type { Exchange } from '../../../src/gateway/server/exchange.js';

it('an answer that goes on when its client has left, such as one that a rule slows down, is given up', async () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.destroy();
  const ending = { outcome: 'client_gone', bytesOut: 0 };
  const exchange = { response, ending, recording: null } as unknown as Exchange;
  async function* body() {
    for (let part = 0; part < 3; part++) yield Buffer.alloc(100 * 1024);
  }
  const left = new Canceller();
  const answer = { status: 200, headers: [], session: null, body: body() };
  await streamAnswer(
    exchange,
    answer,
    {},
    {
      left,
      idleMs: 60_000,
      maxBytes: 1024 ** 2,
      onBroken: () => {},
    },
  );
  expect([left.aborted, ending.outcome]).toEqual([true, 'client_gone']);
});

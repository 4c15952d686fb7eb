/**
 * The upstream, a process: answers `POST /v1/messages` over TLS as the Messages API does. Says its port in a line, ends with
 * its stdin. The certificate and its key come in the environment, as PEM files.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { jsonReply, streamedReply } from './load/replies.js';
import { NO_TIME, stamped } from './load/stamps.js';
import { PACE, RECEIVED_BYTES, REQUEST_NUMBER, type Workload } from './workloads.js';

/** `stream` stands in the last bytes of our client's bodies, as in Claude Code's: no need to parse 200 KB. */
const TAIL_BYTES = 200;

const server = createServer(
  {
    key: readFileSync(process.env.BENCH_KEY ?? ''),
    cert: readFileSync(process.env.BENCH_CERT ?? ''),
    keepAliveTimeout: 0,
  },
  (request, response) => void answer(request, response).catch(() => response.destroy()),
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : null }));
});
process.stdin.resume().on('end', () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const number = Number(request.headers[REQUEST_NUMBER]);
  const stream = body.subarray(-TAIL_BYTES).includes('"stream":true');
  response.writeHead(200, {
    'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    'request-id': `req_${number}`,
    [RECEIVED_BYTES]: body.length,
  });
  if (!stream) return void response.end(jsonReply(number, body.length));
  const pace = request.headers[PACE];
  if (pace !== undefined) return answerAt(JSON.parse(String(pace)), response, number, body.length);
  for (const event of streamedReply(number, body.length)) {
    response.write(event);
    await nextTurn();
  }
  response.end();
}

async function answerAt(
  { events, eventMs }: NonNullable<Workload['pace']>,
  response: ServerResponse,
  number: number,
  requestBytes: number,
): Promise<void> {
  for (const event of streamedReply(number, requestBytes, events, NO_TIME)) {
    response.write(stamped(event));
    await sleep(eventMs);
  }
  response.end();
}

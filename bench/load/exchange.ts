import type { TLSSocket } from 'node:tls';
import { EVENTS_PER_STREAM, RECEIVED_BYTES, type Workload } from '../workloads.js';
import { messageId } from './replies.js';
import { makeRequest } from './requests.js';
import { type Response, ResponseReader } from './response-reader.js';

/** One keep-alive connection that carries one exchange after the other. */
export interface Exchanger {
  /** Sends request `number` of this kind and checks its answer. Milliseconds from the write to the last byte. @throws Error */
  exchange(number: number, workload: Workload): Promise<number>;
  close(): void;
}

/** A contestant that holds an answer longer than this has lost it. */
const TIMEOUT_MS = 20_000;

/** @param onBytes called with what arrives, and how many milliseconds after the request was written */
export function createExchanger(
  socket: TLSSocket,
  host: string,
  onBytes: (bytes: Buffer, sinceMs: number) => void = () => {},
): Exchanger {
  const reader = new ResponseReader();
  let start = 0;
  let settle: { resolve(response: Response): void; reject(error: Error): void } | null = null;
  const fail = (error: Error) => {
    socket.destroy();
    settle?.reject(error);
  };
  socket.setTimeout(TIMEOUT_MS, () => fail(new Error('no answer in time')));
  socket.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (bytes: Buffer) => {
    onBytes(bytes, performance.now() - start);
    try {
      const response = reader.add(bytes);
      if (response) settle?.resolve(response);
    } catch (error) {
      fail(error as Error);
    }
  });
  return {
    exchange: async (number, workload) => {
      const { bytes, bodyBytes } = makeRequest(number, host, workload);
      start = performance.now();
      const answered = new Promise<Response>((resolve, reject) => {
        settle = { resolve, reject };
      });
      if (socket.destroyed) fail(new Error('the connection was closed'));
      else socket.write(bytes);
      const response = await answered;
      const elapsed = performance.now() - start;
      check(response, number, bodyBytes, workload);
      return elapsed;
    },
    close: () => {
      settle = null;
      socket.destroy();
    },
  };
}

/** The right answer to this very request, of which all bytes arrived. */
function check({ headers, body }: Response, number: number, sentBytes: number, workload: Workload): void {
  if (headers.get(RECEIVED_BYTES) !== String(sentBytes)) throw new Error('the request did not arrive whole');
  if (!body.includes(messageId(number))) throw new Error("another request's answer");
  if (workload.reply === 'json') return void JSON.parse(body);
  const events = body.split('event: ').length - 1;
  const expected = workload.pace?.events ?? EVENTS_PER_STREAM;
  if (events !== expected) throw new Error(`${events} events of ${expected}`);
}

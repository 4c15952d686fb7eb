import { asBuffer } from '../../base/as-buffer.js';
import { messagesIn } from '../../mcp/messages/index.js';
import type { RuledLine } from '../../wire/index.js';
import type { GatewayRequest } from '../request.js';
import { type Exchange, refuse } from '../server/exchange.js';
import { repeatBody } from './change-headers.js';
import type { RuledExchange } from './ruled-exchange.js';

export interface RuledRequest {
  /** The body that is sent on. */
  request: GatewayRequest;
  /** Answers of rules to other requests of the same batch. */
  made: readonly Buffer[];
}

/**
 * Decides on the messages of a request, and answers it if no message is sent on.
 * @param record called once, with the body as a recording has it and what rules did with it
 * @returns null if it has been answered
 */
export async function ruleRequest(
  exchange: Exchange,
  request: GatewayRequest,
  ruled: RuledExchange,
  record: (body: Uint8Array, lines: readonly RuledLine[]) => void,
): Promise<RuledRequest | null> {
  const { response, ending } = exchange;
  if (request.messages.length === 0) {
    record(request.body, []);
    ruled.onLine = (line) => exchange.recording?.ruled(line);
    return { request, made: [] };
  }
  const isRequest = request.messages.some(({ kind }) => kind === 'request');
  const body = await ruled.decideRequest(asBuffer(request.body), isRequest);
  // The client is gone.
  if (response.destroyed) return null;
  record(body.seen, ruled.lines);
  ruled.onLine = (line) => exchange.recording?.ruled(line);
  ending.outcome = 'ruled';
  switch (body.how) {
    case 'refuse':
      refuse(exchange, body.refusal);
      return null;
    case 'accept':
      response.writeHead(202).end();
      return null;
    case 'close':
      response.destroy();
      return null;
    case 'hang':
      // Clients have timeouts of their own.
      await closed(exchange, request.route.limits.stream_idle);
      response.destroy();
      return null;
    case 'pass': {
      const { changed, bytesPerSecond, made } = body;
      const bytes = changed ?? request.body;
      if (bytesPerSecond !== null) await closed(exchange, (bytes.length * 1_000) / bytesPerSecond);
      if (response.destroyed) return null;
      ending.outcome = 'client_gone';
      if (changed === null) return { request, made };
      ruled.requestHeaders.unshift(...repeatBody(request.headers, asBuffer(request.body), changed));
      const messages = messagesIn(changed);
      return { request: { ...request, body: changed, messages }, made };
    }
  }
}

/** Waits for a time, or until the client has left. */
function closed({ response }: Exchange, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, limitMs);
    response.on('close', done);
  });
}

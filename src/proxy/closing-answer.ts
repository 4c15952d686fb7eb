import { headEnd } from './client/read-head.js';

/** Larger heads pass as they are. */
const MAX_HEAD_BYTES = 16 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** Changes the bytes of one direction while they pass. */
export interface Rewriting {
  /** What is passed on now. */
  bytes(chunk: Buffer): Buffer;
  /** What was held back, when the direction ends. */
  rest(): Buffer;
}

/**
 * Puts `Connection: close` into the head of an answer, as it is in the request. Servers answer without it, or with keep-alive, and the
 * official SDK of MCP does so with every stream of events: a client would send its next request on a connection that serves one.
 */
export function closingAnswer(): Rewriting {
  let held = NO_BYTES;
  let isDone = false;
  const rest = (): Buffer => {
    const bytes = held;
    held = NO_BYTES;
    return bytes;
  };
  return {
    bytes(chunk) {
      if (isDone) return chunk;
      let searched = held.length;
      held = Buffer.concat([held, chunk]);
      const passed: Buffer[] = [];
      while (!isDone) {
        const end = headEnd(held, searched);
        isDone = !mayBeAnswer(held) || (end ?? held.length) > MAX_HEAD_BYTES;
        if (isDone || end === null) break;
        const head = held.subarray(0, end);
        held = held.subarray(end);
        searched = 0;
        isDone = !INTERIM.test(head.toString('latin1', 0, 12));
        passed.push(isDone ? closing(head) : head);
      }
      return Buffer.concat(isDone ? [...passed, rest()] : passed);
    },
    rest,
  };
}

/** These come before the answer. 101 (Switching Protocols) is the answer. */
const INTERIM = /^HTTP\/1\.\d 1(?!01)/;

const BEGINNING = 'HTTP/1.';

function mayBeAnswer(bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, BEGINNING.length);
  return BEGINNING.startsWith(beginning);
}

/** Hop-by-hop: they are the proxy's own (RFC 9110 §7.6.1). */
const CONNECTION = /^(?:connection|keep-alive|proxy-connection)[ \t]*:/i;
const CLOSES = /^connection[ \t]*:(?:.*,)?[ \t]*close[ \t]*(?:,|$)/i;

function closing(head: Buffer): Buffer {
  const text = head.toString('latin1');
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const [status = '', ...lines] = text.split(/\r?\n/).slice(0, -2);
  if (lines.some((line) => CLOSES.test(line)) || / 101\b/.test(status.slice(0, 13))) return head;
  const kept = lines.filter((line) => !CONNECTION.test(line));
  return Buffer.from([status, ...kept, 'Connection: close', '', ''].join(lineEnd), 'latin1');
}

import type { McpSender } from '../../../model/mcp.js';
import { joinBatch, type RateLimit } from '../../../rules/index.js';
import { batchOf } from '../batch-of.js';
import type { RuledConnection } from '../ruled-connection.js';

/** The ways in which a body, or the data of an event, can be passed on. Exactly one is called, once. */
export interface BodyOutlet {
  /**
   * To the receiver.
   * @param changed null if it is sent as it came
   * @param made answers that rules made to other requests of the same batch
   */
  pass: (changed: Buffer | null, bytesPerSecond: number | null, made: readonly Buffer[]) => void;
  /** Back to its sender; nothing is passed on. @param rateLimit set if there were too many messages */
  answer: (bytes: Buffer, rateLimit: RateLimit | null) => void;
  /** Nothing is passed on, and there is no answer. @param isUnwanted true if nobody waits for it, false if a rule swallows it */
  drop: (isUnwanted: boolean) => void;
  close: () => void;
}

/** Wraps callbacks, also those that are called later. */
export type Guarded = <Args extends unknown[]>(call: (...args: Args) => void) => (...args: Args) => void;

export interface Body {
  connection: RuledConnection;
  sender: McpSender;
  bytes: Buffer;
  /** Gets the body for the record: what the receiver gets or, for a dropped message, what was sent. Called before the outlet. */
  onSeen(bytes: Buffer): void;
  /** The outlet may also be called by timers. */
  guarded: Guarded;
}

/** Decides on the message of a body. The messages of a batch are decided on one by one, and the remaining ones are sent as one batch. */
export function decideBody(given: Body, { pass, answer, drop, close }: BodyOutlet): void {
  const { guarded } = given;
  const body = { ...given, bytes: withoutLineEnd(given.bytes) };
  const outlet = { pass: guarded(pass), answer: guarded(answer), drop: guarded(drop), close: guarded(close) };
  const parts = batchOf(body.bytes);
  if (parts === null || parts.length === 0) decideMessage(body, outlet);
  else decideBatch(body, parts, outlet);
}

/** The body as recorders read it, so that they find the reported messages. */
function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d) end--;
  return bytes.subarray(0, end);
}

function decideMessage({ connection, sender, bytes, onSeen }: Body, outlet: BodyOutlet): void {
  const isTaken = connection.take(sender, bytes, {
    pass(changed, bytesPerSecond) {
      onSeen(changed ?? bytes);
      outlet.pass(changed, bytesPerSecond, []);
    },
    answer(answer, rateLimit) {
      onSeen(bytes);
      outlet.answer(answer, rateLimit);
    },
    drop(isUnwanted) {
      onSeen(bytes);
      outlet.drop(isUnwanted);
    },
    close() {
      onSeen(bytes);
      outlet.close();
    },
  });
  if (isTaken) return;
  onSeen(bytes);
  outlet.pass(null, null, []);
}

function decideBatch({ connection, sender, bytes, onSeen }: Body, parts: readonly Buffer[], outlet: BodyOutlet): void {
  const seen = [...parts];
  const passed: (Buffer | null)[] = parts.map(() => null);
  const made: Buffer[] = [];
  let speed: number | null = null;
  let isChanged = false;
  let isClosed = false;
  let isUnwanted = true;
  let left = parts.length;

  const settle = () => {
    left -= 1;
    if (left > 0) return;
    const rest = joinBatch(passed.flatMap((part) => part ?? []));
    onSeen(isChanged ? (joinBatch(seen) ?? bytes) : bytes);
    if (isClosed) outlet.close();
    else if (rest !== null) outlet.pass(isChanged ? rest : null, speed, made);
    else if (made.length > 0) outlet.answer(joinBatch(made) ?? bytes, null);
    else outlet.drop(isUnwanted);
  };
  parts.forEach((part, index) => {
    const isTaken = connection.take(sender, part, {
      pass(changed, bytesPerSecond) {
        seen[index] = changed ?? part;
        passed[index] = changed ?? part;
        isChanged ||= changed !== null;
        speed = bytesPerSecond ?? speed;
        settle();
      },
      answer(answer) {
        isChanged = true;
        made.push(answer);
        settle();
      },
      drop(isPartUnwanted) {
        isChanged = true;
        isUnwanted &&= isPartUnwanted;
        settle();
      },
      close() {
        isClosed = true;
        settle();
      },
    });
    if (isTaken) return;
    passed[index] = part;
    settle();
  });
}

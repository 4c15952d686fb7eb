import { parseRecord } from '../../base/json.js';
import { onOneLine, withFields } from '../../base/json-splice.js';
import { keyOf } from '../messages/open-requests.js';
import { isRpcId, type RpcMessage } from '../messages/read-messages.js';

/** Requests of the recorded server that this client gets. */
export class ServerQuestions {
  /** Those that wait for the client's answer, by their keys. */
  readonly #open = new Map<string, (reply: RpcMessage) => void>();
  readonly #used = new Set<string>();

  /** The request under its recorded id, or under a new one if that is in use. @returns with the key of its id */
  prepare(bytes: Buffer): { message: Buffer; key: string } {
    const recorded = parseRecord(bytes.toString())?.id;
    const recordedKey = isRpcId(recorded) ? keyOf(recorded) : null;
    if (recordedKey !== null && !this.#used.has(recordedKey)) {
      this.#used.add(recordedKey);
      return { message: onOneLine(bytes), key: recordedKey };
    }
    const id = `replay-${this.#used.size}`;
    const key = keyOf(id);
    this.#used.add(key);
    return { message: onOneLine(withFields(bytes, [[['id'], JSON.stringify(id)]])), key };
  }

  /** An answer of the client. */
  answered(reply: RpcMessage): void {
    if (reply.id !== null) this.#open.get(keyOf(reply.id))?.(reply);
  }

  /** Waits for the client's answer. @throws the signal's reason */
  replyTo(key: string, signal: AbortSignal): Promise<RpcMessage> {
    const reply = new Promise<RpcMessage>((resolve, reject) => {
      const giveUp = () => {
        this.#open.delete(key);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#open.set(key, (answer) => {
        signal.removeEventListener('abort', giveUp);
        this.#open.delete(key);
        resolve(answer);
      });
    });
    // It may be given up while nobody waits for it.
    reply.catch(() => {});
    return reply;
  }
}

import { type JsonRecord, parseRecord } from '../../base/json.js';
import { isRpcId, type RpcId } from '../messages/read-messages.js';

/** Maximum size of all requests that are kept. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Memory of an entry besides its bytes, estimated. */
const ENTRY_BYTES = 256;

/** The latest requests of one sender, for rules about their answers. They are read only when a rule asks. */
export class RequestBook {
  #unread: Buffer[] = [];
  readonly #requests = new Map<RpcId, Buffer>();
  #bytes = 0;

  /** @param bytes of any message of the sender */
  note(bytes: Buffer): void {
    // A copy: the chunk that they are part of would stay in memory with them.
    this.#unread.push(Buffer.from(bytes));
    this.#bytes += bytes.length + ENTRY_BYTES;
    while (this.#bytes > MAX_BYTES) this.#forgetOldest();
  }

  find(id: RpcId): JsonRecord | undefined {
    for (const bytes of this.#unread) this.#read(bytes);
    this.#unread = [];
    const bytes = this.#requests.get(id);
    return bytes === undefined ? undefined : (parseRecord(bytes.toString()) ?? undefined);
  }

  #read(bytes: Buffer): void {
    const request = parseRecord(bytes.toString());
    const isRequest = request !== null && typeof request.method === 'string' && isRpcId(request.id);
    if (!isRequest || !isRpcId(request.id)) {
      this.#bytes -= bytes.length + ENTRY_BYTES;
      return;
    }
    this.#remove(request.id);
    this.#requests.set(request.id, bytes);
  }

  #forgetOldest(): void {
    const [oldest] = this.#requests.keys();
    if (oldest !== undefined) this.#remove(oldest);
    else this.#bytes -= (this.#unread.shift()?.length ?? 0) + ENTRY_BYTES;
  }

  #remove(id: RpcId): void {
    const bytes = this.#requests.get(id);
    if (bytes === undefined) return;
    this.#requests.delete(id);
    this.#bytes -= bytes.length + ENTRY_BYTES;
  }
}

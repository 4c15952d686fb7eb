import { createHash } from 'node:crypto';
import { isRecord, stringOf } from '../../base/json.js';
import { type ByteRange, elementsAt, fieldAt } from '../../base/json-bytes.js';
import type { McpDefinition } from '../../model/mcp.js';
import type { RpcMessage } from './read-messages.js';

/** A definition before it has a connection and a reader. */
export type SaidDefinition = Omit<McpDefinition, 'connectionId' | 'bytesGot'>;

const MAX_DEFINITIONS = 10_000;
const MAX_NAME_LENGTH = 512;

/** The definitions of one connection, of which each is reported when it is first seen, and when it has changed. */
export class Definitions {
  /** Hashes by name. Instructions have none. */
  readonly #known = new Map<string, string>();

  /** Those in the answer to this method that are new or different. A page of a list is as good as the whole. */
  newIn(method: string, message: RpcMessage): SaidDefinition[] {
    if (message.kind !== 'response') return [];
    if (method === 'tools/list') return this.#tools(message);
    return method === 'initialize' || method === 'server/discover' ? this.#instructions(message) : [];
  }

  #instructions(message: RpcMessage): SaidDefinition[] {
    const result = isRecord(message.body.result) ? message.body.result : {};
    const text = stringOf(result.instructions);
    const range = text === null ? null : fieldAt(message.bytes, 'result', 'instructions');
    return text === null || range === null ? [] : this.#ifNew('instructions', '', text, message, range);
  }

  #tools(message: RpcMessage): SaidDefinition[] {
    const result = isRecord(message.body.result) ? message.body.result : {};
    const tools: readonly unknown[] = Array.isArray(result.tools) ? result.tools : [];
    const list = tools.length === 0 ? null : fieldAt(message.bytes, 'result', 'tools');
    if (list === null) return [];
    const found: SaidDefinition[] = [];
    let index = 0;
    for (const range of elementsAt(message.bytes, list.start)) {
      const tool = tools[index++];
      if (!isRecord(tool) || typeof tool.name !== 'string') continue;
      const name = tool.name.slice(0, MAX_NAME_LENGTH);
      found.push(...this.#ifNew('tool', name, stringOf(tool.description) ?? '', message, range));
    }
    return found;
  }

  #ifNew(
    kind: SaidDefinition['kind'],
    name: string,
    text: string,
    { bytes }: RpcMessage,
    { start, end }: ByteRange,
  ): SaidDefinition[] {
    const hash = createHash('sha256').update(bytes.subarray(start, end)).digest('hex');
    const known = this.#known.get(`${kind} ${name}`);
    if (known === hash || (known === undefined && this.#known.size >= MAX_DEFINITIONS)) return [];
    this.#known.set(`${kind} ${name}`, hash);
    return [{ kind, name, hash, bytesSaid: Buffer.byteLength(text) }];
  }
}

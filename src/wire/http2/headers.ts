import { createRequire } from 'node:module';
import type Hpack from 'hpack.js';
import type { Header } from '../../model/exchange.js';

/** RFC 9113 §6.5.2: the size of both ends' dynamic tables until a SETTINGS frame says otherwise. */
const DEFAULT_TABLE_SIZE = 4096;
/** Limits the memory for a table, whatever the peers agree on. */
const MAX_TABLE_SIZE = 1024 * 1024;

/** Loaded at the first HTTP/2 connection: Claude Code speaks HTTP/1.1, so its start does not wait for this. */
function loadHpack(): typeof Hpack {
  return createRequire(import.meta.url)('hpack.js');
}

/** Decodes the header blocks of one direction. It needs all of them, in order, since HPACK has a state. */
export class HeaderDecoder {
  readonly #hpack = loadHpack();
  readonly #decoder = this.#hpack.decoder.create();
  readonly #table = this.#hpack.table.create({ maxSize: DEFAULT_TABLE_SIZE });

  /**
   * The receiver allows tables of up to this size. That only sets the bound: the sender resizes the table at the start of its
   * next block (RFC 7541 §4.2).
   */
  allowTableSize(size: number): void {
    this.#table.protocolMaxSize = Math.min(Math.max(size, DEFAULT_TABLE_SIZE), MAX_TABLE_SIZE);
  }

  /** Null where the block is not HPACK, or its fields exceed `limit` bytes. The decoder cannot be used after that. */
  decode(block: Uint8Array, limit: number): Header[] | null {
    const fields: Header[] = [];
    let size = 0;
    try {
      this.#decoder.push(block);
      while (!this.#decoder.isEmpty()) {
        const field = this.#next();
        if (!field) continue;
        size += field[0].length + field[1].length;
        if (size > limit) return null;
        fields.push(field);
      }
    } catch {
      // hpack.js throws plain errors at malformed bytes.
      return null;
    }
    return fields;
  }

  /** One field, or null for a table size update. RFC 7541 §6. */
  #next(): Header | null {
    const decoder = this.#decoder;
    if (decoder.decodeBit()) {
      const { name, value } = this.#table.lookup(decoder.decodeInt());
      return [name, value];
    }
    const indexed = decoder.decodeBit();
    if (!indexed) {
      if (decoder.decodeBit()) {
        this.#table.updateSize(decoder.decodeInt());
        return null;
      }
      // The never-indexed bit matters only to a proxy that encodes the headers again.
      decoder.decodeBit();
    }
    const index = decoder.decodeInt();
    const name = index === 0 ? latin1(decoder.decodeStr()) : this.#table.lookup(index).name;
    const value = latin1(decoder.decodeStr());
    if (indexed) this.#table.add(name, value, name.length, value.length);
    return [name, value];
  }
}

function latin1(octets: ArrayLike<number>): string {
  return Buffer.from(octets).toString('latin1');
}

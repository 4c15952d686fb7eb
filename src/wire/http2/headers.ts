import { createRequire } from 'node:module';
import type Hpack from 'hpack.js';
import type { Header } from '../../model/exchange.js';

/** RFC 9113 §6.5.2: the size of both ends' dynamic tables until a SETTINGS frame says otherwise. */
const DEFAULT_TABLE_SIZE = 4096;
/** More memory than this is not spent on a table, whatever the peers agree on. */
const LARGEST_TABLE_SIZE = 1024 * 1024;

/** Loaded for the first HTTP/2 connection: Claude Code speaks HTTP/1.1, and its session need not wait for this. */
function loadHpack(): typeof Hpack {
  return createRequire(import.meta.url)('hpack.js');
}

/** Decodes the header blocks of one direction of a connection; they must all be fed, in order, also the unwanted ones. */
export class HeaderDecoder {
  readonly #hpack = loadHpack();
  readonly #decoder = this.#hpack.decoder.create();
  readonly #table = this.#hpack.table.create({ maxSize: DEFAULT_TABLE_SIZE });

  /**
   * The receiver allows tables up to this size. Only the bound moves: the table itself is resized by the sender, at the
   * start of its next block (RFC 7541 §4.2).
   */
  allowTableSize(size: number): void {
    this.#table.protocolMaxSize = Math.min(Math.max(size, DEFAULT_TABLE_SIZE), LARGEST_TABLE_SIZE);
  }

  /** Null when the block is not HPACK, or the fields outgrow `limit` bytes; the decoder is then of no further use. */
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
      // hpack.js throws plain errors at bytes that make no sense.
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
      // Never-indexed or not: only a proxy that encodes again would care.
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

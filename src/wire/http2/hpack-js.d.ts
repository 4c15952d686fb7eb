/** The synchronous core of hpack.js 2.1, as far as we use it; the package has no types. */
declare module 'hpack.js' {
  /** Reads a header block bit by bit. Every method throws an Error at malformed bytes and at the end. */
  interface Decoder {
    push(block: Uint8Array): void;
    isEmpty(): boolean;
    decodeBit(): 0 | 1;
    /** An integer in the remaining bits of the current octet, and in further octets. */
    decodeInt(): number;
    /** The octets of a string. */
    decodeStr(): ArrayLike<number>;
  }
  interface Entry {
    name: string;
    value: string;
    nameSize: number;
  }
  /** The static and the dynamic table. */
  interface Table {
    /** The largest size that an update may ask for. */
    protocolMaxSize: number;
    lookup(index: number): Entry;
    add(name: string, value: string, nameSize: number, valueSize: number): void;
    updateSize(size: number): void;
  }
  const hpack: {
    decoder: { create(): Decoder };
    table: { create(options: { maxSize: number }): Table };
  };
  export default hpack;
}

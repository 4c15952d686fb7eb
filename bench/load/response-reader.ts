/** An HTTP/1.1 response with status 200, whole. Names of headers in lower case. */
export interface Response {
  headers: ReadonlyMap<string, string>;
  body: string;
}

const NOTHING = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Reads the responses of one connection, one after the other: with a content-length, or chunked. As little work as will do,
 * since the client shares the machine with what it measures.
 */
export class ResponseReader {
  #rest: Buffer = NOTHING;
  #head: { headers: Map<string, string>; length: number | 'chunked' } | null = null;
  #parts: Buffer[] = [];

  /** @returns the response that these bytes complete, or null. @throws Error if they are not a response, or have another status. */
  add(bytes: Buffer): Response | null {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#head ??= this.#readHead();
    if (!this.#head) return null;
    const { headers, length } = this.#head;
    if (!(length === 'chunked' ? this.#readChunks() : this.#readBody(length))) return null;
    const body = Buffer.concat(this.#parts).toString('latin1');
    this.#head = null;
    this.#parts = [];
    return { headers, body };
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  #readHead() {
    const end = this.#rest.indexOf(HEAD_END);
    if (end === -1) return null;
    const [first = '', ...lines] = this.#take(end + HEAD_END.length)
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    if (status !== 200) throw new Error(`answered with: ${first.slice(0, 60)}`);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const chunked = headers.get('transfer-encoding') === 'chunked';
    const length = chunked ? ('chunked' as const) : Number(headers.get('content-length') ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error('the response has neither a length nor chunks');
    return { headers, length };
  }

  #readBody(length: number): boolean {
    if (this.#rest.length < length) return false;
    this.#parts.push(this.#take(length));
    return true;
  }

  /** True when the last chunk was read. Trailers are not expected here. */
  #readChunks(): boolean {
    for (;;) {
      const lineEnd = this.#rest.indexOf(CRLF);
      if (lineEnd === -1) return false;
      const size = Number.parseInt(this.#rest.toString('latin1', 0, lineEnd), 16);
      if (Number.isNaN(size)) throw new Error('a chunk without a size');
      const whole = lineEnd + CRLF.length + size + CRLF.length;
      if (this.#rest.length < whole) return false;
      const chunk = this.#take(whole);
      if (size === 0) return true;
      this.#parts.push(chunk.subarray(lineEnd + CRLF.length, whole - CRLF.length));
    }
  }
}

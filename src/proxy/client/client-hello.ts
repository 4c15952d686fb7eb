import { isIP } from 'node:net';

export interface ClientHello {
  /** SNI host name as sent; null without one. An IP address does not count (RFC 6066 3 forbids it). */
  serverName: string | null;
  /** The ALPN list in its wire form, length-prefixed names; null when the client offers none. */
  alpn: Buffer | null;
  /**
   * Cipher suites in the client's order, hex, without random values (GREASE, RFC 8701): the same for all programs with the same
   * TLS library and settings.
   */
  ciphers: string;
}

export type HelloResult = ClientHello | 'incomplete' | 'not_tls' | 'malformed';

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
/** 2^14 and what ciphers add (RFC 8446 5.2), although a hello is not encrypted. */
const MAX_RECORD = 16_640;
/** Post-quantum key shares and a resumed session make 2 to 4 KB. */
export const MAX_HELLO = 65_536;
/** A hello of 64 KB fills 4 records; no TLS library makes as many as this. */
const MAX_RECORDS = 64;

/** Reads a TLS ClientHello (RFC 8446 4.1.2) from the first bytes of a connection; never throws. */
export function parseClientHello(bytes: Buffer): HelloResult {
  const message = handshakeMessage(bytes);
  if (!Buffer.isBuffer(message)) return message;
  try {
    return readHello(new Reader(message));
  } catch (error) {
    if (error instanceof RangeError) return 'malformed';
    throw error;
  }
}

/** Joins the handshake records up to the end of the first message, which may be in several. @returns its body */
function handshakeMessage(bytes: Buffer): Buffer | 'incomplete' | 'not_tls' | 'malformed' {
  const fragments: Buffer[] = [];
  let gathered = 0;
  for (let at = 0; ; ) {
    // Type and major version identify TLS. They may come one byte at a time.
    if (at < bytes.length && bytes[at] !== HANDSHAKE) return at === 0 ? 'not_tls' : 'malformed';
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return at === 0 ? 'not_tls' : 'malformed';
    if (at + 5 > bytes.length) return 'incomplete';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD) return 'malformed';
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    if (fragments.push(fragment) > MAX_RECORDS) return 'malformed';
    gathered += fragment.length;
    at += 5 + length;

    const message = fragments.length === 1 ? fragment : Buffer.concat(fragments, gathered);
    if (message.length >= 1 && message[0] !== CLIENT_HELLO) return 'malformed';
    if (message.length >= 4) {
      const size = message.readUIntBE(1, 3);
      if (size > MAX_HELLO) return 'malformed';
      if (message.length >= 4 + size) return message.subarray(4, 4 + size);
    }
    if (at > bytes.length) return 'incomplete';
  }
}

function readHello(hello: Reader): ClientHello | 'malformed' {
  hello.take(2 + 32); // version, random
  hello.vector(1); // session id
  const suites = hello.vector(2).toString('hex').match(/.{4}/g) ?? [];
  hello.vector(1); // compression
  const ciphers = suites.filter((suite) => !/^(.)a\1a$/.test(suite)).join('');
  const result: ClientHello = { serverName: null, alpn: null, ciphers };
  if (hello.atEnd) return result;
  const extensions = new Reader(hello.vector(2));
  while (!extensions.atEnd) {
    const type = extensions.number(2);
    const content = new Reader(extensions.vector(2));
    if (type === SERVER_NAME) result.serverName = readServerName(content);
    if (type === ALPN) {
      const list = content.vector(2);
      if (!isNameList(list)) return 'malformed';
      result.alpn = list;
    }
  }
  return result;
}

function readServerName(content: Reader): string | null {
  if (content.atEnd) return null;
  const names = new Reader(content.vector(2));
  while (!names.atEnd) {
    const isHostName = names.number(1) === 0;
    const name = names.vector(2).toString('latin1');
    if (isHostName) return isIP(name) || name === '' ? null : name;
  }
  return null;
}

/** At least one name, none of them empty (RFC 7301 3.1). */
function isNameList(list: Buffer): boolean {
  const names = new Reader(list);
  if (names.atEnd) return false;
  while (!names.atEnd) if (names.vector(1).length === 0) return false;
  return true;
}

/** Reads TLS's length-prefixed fields. Every method throws RangeError at the end. */
class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the field ends early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  number(size: 1 | 2): number {
    return this.take(size).readUIntBE(0, size);
  }

  vector(lengthSize: 1 | 2): Buffer {
    return this.take(this.number(lengthSize));
  }
}

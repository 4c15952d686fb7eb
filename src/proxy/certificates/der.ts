import asn1, { type Asn1, type Type } from 'node-forge/lib/asn1.js';

/**
 * The few DER types that our certificates need, by node-forge's asn1 module (all of forge takes 20 ms to load). forge has bytes
 * in binary strings; these functions take and return Buffers.
 */
export type Der = Asn1;

export const sequence = (...items: Der[]): Der => universal(asn1.Type.SEQUENCE, true, items);
export const set = (...items: Der[]): Der => universal(asn1.Type.SET, true, items);
export const oid = (dotted: string): Der => universal(asn1.Type.OID, false, asn1.oidToDer(dotted).getBytes());
export const boolean = (value: boolean): Der => universal(asn1.Type.BOOLEAN, false, value ? '\xff' : '\x00');
export const utf8 = (text: string): Der => universal(asn1.Type.UTF8, false, binary(Buffer.from(text)));
export const octets = (bytes: Buffer): Der => universal(asn1.Type.OCTETSTRING, false, binary(bytes));
/** @param bytes big-endian and minimal; the first bit is the sign */
export const integer = (bytes: Buffer): Der => universal(asn1.Type.INTEGER, false, binary(bytes));
/** @param unused number of the last byte's low bits that do not count */
export const bits = (bytes: Buffer, unused = 0): Der =>
  universal(asn1.Type.BITSTRING, false, String.fromCharCode(unused) + binary(bytes));
/** RFC 5280 4.1.2.5: UTCTime for dates before 2050. */
export const utcTime = (date: Date): Der => universal(asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date));

/** `[tag]` over items (constructed) or over bytes (primitive, implicit). */
export function tagged(tag: number, content: Der[] | Buffer): Der {
  const constructed = Array.isArray(content);
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, constructed, constructed ? content : binary(content));
}

export function encode(der: Der): Buffer {
  return Buffer.from(asn1.toDer(der).getBytes(), 'binary');
}

export function decode(bytes: Buffer): Der {
  return asn1.fromDer(binary(bytes));
}

function universal(type: Type, constructed: boolean, value: string | Der[]): Der {
  return asn1.create(asn1.Class.UNIVERSAL, type, constructed, value);
}

function binary(bytes: Buffer): string {
  return bytes.toString('binary');
}

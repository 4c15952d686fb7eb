export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The same text without a byte order mark, as `response.json()` reads a body. Nothing is copied. */
export function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

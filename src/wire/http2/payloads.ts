/** RFC 9113 §6.5.2. */
const SETTINGS_HEADER_TABLE_SIZE = 0x1;
const SETTING_BYTES = 6;

/** The header table size in a SETTINGS payload, of which the last counts; null without one. */
export function headerTableSize(payload: Buffer): number | null {
  let size: number | null = null;
  for (let pos = 0; pos + SETTING_BYTES <= payload.length; pos += SETTING_BYTES) {
    if (payload.readUInt16BE(pos) === SETTINGS_HEADER_TABLE_SIZE) size = payload.readUInt32BE(pos + 2);
  }
  return size;
}

export const CANCEL = 0x8;

/** RFC 9113 §7, by code. */
const ERROR_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `error ${code}`;
}

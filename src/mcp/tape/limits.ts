/** Bytes of one line, before compression. A message has up to 16 MB, which control characters make six times as long. */
export const MAX_LINE_BYTES = 128 * 1024 * 1024;

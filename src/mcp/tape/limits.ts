/** Bytes of one line, before compression. A message has up to 16 MB, which control characters make six times as long. */
export const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** Maximum nesting of a `message`. Old versions of Node cannot serialize a value that is nested ten times as deep. */
export const MAX_NESTING = 1_000;

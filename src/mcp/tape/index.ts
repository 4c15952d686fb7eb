/**
 * Tapes: files with the messages of one connection to an MCP server (docs/tape-format.md).
 *
 * read-tape   a file to its head and frames, one at a time:
 * ├ lines     bytes to lines, decompressed
 * ├ parse-line, head-line, frame-line
 * └ tape-error  what is wrong, with line and byte
 * write-tape  head and frames to a file
 */
export { readTape } from './read-tape.js';
export { TapeError } from './tape-error.js';
export { newTapeId, RECORDED_BY, writeTape } from './write-tape.js';

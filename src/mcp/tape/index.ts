/**
 * Tapes: files with the messages of one connection to an MCP server (docs/tape-format.md).
 *
 * read-tape   a file to its head and frames, one at a time:
 * ├ lines     bytes to lines, decompressed
 * ├ parse-line, head-line, frame-line
 * └ tape-error  what is wrong, with line and byte
 * write-tape  head and frames to a file
 * library     the tapes of a folder: find, filter, change, repair, count
 * shadowcat   the formats of Shadowcat, read and written
 */

export {
  checkTape,
  compressTape,
  hashOfFrames,
  repairTape,
  saveTape,
  tagTape,
} from './library/change-tape.js';
export { createFacts, createFrameReader, frameRow, type ReadFrame } from './library/facts.js';
export { matchesTape, type TapeFilter } from './library/filter.js';
export { nameOfTape } from './library/names.js';
export { searchTape } from './library/search.js';
export { summarize } from './library/summary.js';
export {
  deleteTape,
  findTape,
  type Library,
  readHeads,
  readLibrary,
  removeLeftovers,
  TapeNotFoundError,
} from './library/tape-files.js';
export { UnreadableTapeError } from './lines.js';
export { readTape, type Tape } from './read-tape.js';
export { readShadowcat } from './shadowcat/read-shadowcat.js';
export { shadowcat0, shadowcat1 } from './shadowcat/write-shadowcat.js';
export { TapeError, type TapeErrorCode } from './tape-error.js';
export { inChunks, newTapeId, RECORDED_BY, tapeLines, writeTape } from './write-tape.js';

import { UserError } from '../../base/errors.js';

/**
 * format: not a tape; version: of a later version of the format; size: a line is too long; checksum: the file was changed after it
 * was written; changed: it was replaced while it was read; the others say which kind of line is wrong.
 */
export type TapeErrorCode = 'format' | 'version' | 'head' | 'frame' | 'end' | 'checksum' | 'size' | 'gzip' | 'changed';

/** A tape cannot be read. Its message is one sentence with the place. */
export class TapeError extends UserError {
  override readonly name = 'TapeError';
  readonly code: TapeErrorCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 0: offset in the text before compression. */
  readonly byte: number;
  /** Without the place. */
  readonly problem: string;

  constructor(code: TapeErrorCode, place: TapePlace, problem: string, cause?: unknown) {
    super(`${place.file}, line ${place.line}, byte ${place.byte}: ${problem}.`, { cause });
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.byte = place.byte;
    this.problem = problem;
  }
}

export interface TapePlace {
  file: string;
  line: number;
  byte: number;
}

import type { RequestId } from './ids.js';
import type { Usage } from './usage.js';

/** A content block of an answer, as far as it was received. */
export interface GrowingBlock {
  type: string;
  /** Name of the tool that is called; null elsewhere. */
  name: string | null;
  /** Text, thinking, or the JSON text of a tool's input. */
  text: string;
}

/** An answer that is still being received, without secrets. Plain data. */
export interface AnswerProgress {
  /** Id of the request. */
  id: RequestId;
  /** Length of the output so far: text, thinking and tool input. */
  characters: number;
  /** As far as it is known: a stream has its input figures at the start, and its output figures at the end. */
  usage: Usage | null;
  /** The latest, some ten thousand characters. */
  blocks: readonly GrowingBlock[];
  /** There is more before these blocks. */
  isCut: boolean;
}

/** What is reported of open answers. */
export type ProgressEvent =
  | { type: 'grown'; answers: readonly AnswerProgress[] }
  /** They are in the database now. */
  | { type: 'ended'; ids: readonly RequestId[] };

import type { RequestId } from './ids.js';
import type { Usage } from './usage.js';

/** A content block of an answer, as far as it has come. */
export interface GrowingBlock {
  type: string;
  /** Of the tool that is called; null elsewhere. */
  name: string | null;
  /** What it says: text, thinking, or the JSON text of a tool's input. */
  text: string;
}

/** An answer that is still coming: what is known of it before it is stored, without secrets. Plain data. */
export interface AnswerProgress {
  /** Of the request. */
  id: RequestId;
  /** Of output so far: text, thinking and tool input. */
  characters: number;
  /** As far as it was told: a stream begins with its input figures, those of its output come at the end. */
  usage: Usage | null;
  /** The last that came, some ten thousand characters. */
  blocks: readonly GrowingBlock[];
  /** There was more before these blocks. */
  isCut: boolean;
}

/** What is told of open answers, to whoever follows them. */
export type ProgressEvent =
  | { type: 'grown'; answers: readonly AnswerProgress[] }
  /** They are stored: what is known of them now stands in the database. */
  | { type: 'ended'; ids: readonly RequestId[] };

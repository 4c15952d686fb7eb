import type { Known } from './segment.js';

/** The tokens of a piece of content according to `count_tokens`. */
export interface Measurement {
  tokens: number;
  /** shared: counted together with others, and divided among them by estimate. */
  known: Extract<Known, 'exact' | 'shared'>;
}

/** The measurements of one model, by the key of the piece (attribution/tokens). */
export type Measurements = ReadonlyMap<string, Measurement>;

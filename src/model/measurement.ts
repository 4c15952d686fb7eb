import type { Known } from './segment.js';

/** The tokens of a piece of content by `count_tokens`. */
export interface Measurement {
  tokens: number;
  /** shared: counted together with others, and divided among them by estimate. */
  known: Extract<Known, 'exact' | 'shared'>;
}

/** What `count_tokens` said about the content of requests to one model, by the key of each piece (attribution/tokens). */
export type Measurements = ReadonlyMap<string, Measurement>;

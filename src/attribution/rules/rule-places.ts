import type { Place } from './rules.js';

export const HARNESS: readonly Place[] = ['reminder', 'message'];
export const HARNESS_AND_SYSTEM: readonly Place[] = ['system', ...HARNESS];
export const HARNESS_AND_TAIL: readonly Place[] = [...HARNESS, 'tail'];
export const HARNESS_AND_ALL_TAILS: readonly Place[] = [...HARNESS_AND_TAIL, 'file-tail'];

/** Versions in which most rows were seen. */
export const ALL = '2.0.30 - 2.1.332';
export const NEW = '2.1.197 - 2.1.332';
export const NEWEST = '2.1.332';

import type { SourceGroup } from '../../../model/source-group.js';

/** Groups that a person can act on most easily: the breakdown gets the height for their names if it can. */
export const WANTED_OPEN: readonly SourceGroup[] = ['mcp', 'skills'];

/** Groups that a person can act on: their names show by themselves where there is room. */
export const UNFOLD_FIRST: readonly SourceGroup[] = [...WANTED_OPEN, 'memory', 'hooks', 'agents'];

/** In trees. No source begins with it. */
export function groupKey(group: SourceGroup): string {
  return `group:${group}`;
}

/** Whether a source is left out if its group unfolds by itself. @param share of a request's tokens, 0..1; less than 0.5 % */
export function isMinor(share: number): boolean {
  return share < 0.005;
}

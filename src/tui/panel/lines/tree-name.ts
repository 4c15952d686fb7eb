import type { TreeRow } from '../state/tree.js';

/** The name of a row, indented, with a mark if rows are inside. */
export function treeName<Figures>({ node, depth, isOpen }: TreeRow<Figures>): string {
  const mark = isOpen === null ? '  ' : isOpen ? '▾ ' : '▸ ';
  return `${'  '.repeat(depth)}${mark}${node.name}`;
}

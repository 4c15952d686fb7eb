/** A row that may have rows inside. `Figures` are what its columns show. */
export interface TreeNode<Figures> {
  /** Identifies it while figures and order change. */
  key: string;
  name: string;
  figures: Figures;
  /** The largest first. */
  children: readonly TreeNode<Figures>[];
}

export interface TreeRow<Figures> {
  node: TreeNode<Figures>;
  depth: number;
  /** Null if nothing is inside. */
  isOpen: boolean | null;
  /** The key of the node that unfolds whole when this row is opened: the row counts those of its children that had no room. */
  restOf?: string;
}

/** What the person unfolded (true) and folded (false), by key; all else folds by room. */
export type Folds = Readonly<Record<string, boolean>>;

export interface Folding<Figures> {
  folds: Folds;
  /** Keys of nodes that unfold by themselves where there is room, the most important first. */
  unfoldFirst: readonly string[];
  /** Whether a row says little: where its parent unfolded by itself, it is only counted. */
  isMinor: (figures: Figures) => boolean;
  /** Rows on the screen. */
  room: number;
  /** Figures of nodes together. */
  sum: (nodes: readonly TreeNode<Figures>[]) => Figures;
}

/** From this number of rows on, everything unfolds that fits: half of a large screen would be blank. */
const ROOMY = 36;

/** The rows of a tree. A node that unfolds by itself shows the children that matter, as far as there is room, and counts the others. */
export function treeRows<Figures>(nodes: readonly TreeNode<Figures>[], folding: Folding<Figures>): TreeRow<Figures>[] {
  const { folds, unfoldFirst } = folding;
  const least = nodes.flatMap((node) => rowsOf(node, 0, folding, 0)).length;
  let left = folding.room - least;
  const shown = new Map<string, number>();
  for (const key of unfoldFirst) {
    const node = nodes.find((each) => each.key === key);
    if (node === undefined || folds[key] !== undefined || left <= 0) continue;
    const rows = Math.min(wantedRows(node, folding), left);
    if (isCountAlone(node, rows)) continue;
    shown.set(key, rows);
    left -= rows;
  }
  const others = nodes.filter(({ key }) => !unfoldFirst.includes(key) && folds[key] === undefined);
  const wanted = others.reduce((sum, node) => sum + wantedRows(node, folding), 0);
  if (folding.room >= ROOMY && wanted <= left) {
    for (const node of others) {
      const rows = wantedRows(node, folding);
      if (!isCountAlone(node, rows)) shown.set(node.key, rows);
    }
  }
  return nodes.flatMap((node) => rowsOf(node, 0, folding, shown.get(node.key) ?? 0));
}

/** It says nothing that the row of the node does not say. */
function isCountAlone<Figures>({ children }: TreeNode<Figures>, rows: number): boolean {
  return rows === 1 && children.length > 1;
}

function wantedRows<Figures>({ children }: TreeNode<Figures>, { isMinor }: Folding<Figures>): number {
  return rowsInside(children.length, children.filter(({ figures }) => isMinor(figures)).length);
}

/** Rows of a node that unfolds by itself: for the children that matter, and the count of the others. */
export function rowsInside(children: number, minor: number): number {
  return minor <= 1 ? children : children - minor + 1;
}

/** @param room rows for its children, where the person has neither folded nor unfolded it */
function rowsOf<Figures>(
  node: TreeNode<Figures>,
  depth: number,
  folding: Folding<Figures>,
  room: number,
): TreeRow<Figures>[] {
  const { children, key } = node;
  if (children.length === 0) return [{ node, depth, isOpen: null }];
  const isOpen = folding.folds[key] ?? room > 0;
  const head: TreeRow<Figures> = { node, depth, isOpen };
  if (!isOpen) return [head];
  const fits = folding.folds[key] === true || children.length <= room;
  const shown = fits ? children : children.slice(0, room - 1);
  const rest = children.slice(shown.length);
  return [
    head,
    ...shown.flatMap((child) => rowsOf(child, depth + 1, folding, 0)),
    ...(rest.length === 0 ? [] : [restRow(key, rest, depth + 1, folding)]),
  ];
}

function restRow<Figures>(
  key: string,
  rest: readonly TreeNode<Figures>[],
  depth: number,
  { sum }: Folding<Figures>,
): TreeRow<Figures> {
  const node = { key: `${key} rest`, name: `… ${rest.length} more`, figures: sum(rest), children: [] };
  return { node, depth, isOpen: null, restOf: key };
}

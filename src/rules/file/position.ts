import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml';

export interface Place {
  /** From 1; null if unknown. */
  line: number | null;
  column: number | null;
}

/** Where a value is in a file: its name, or the element. The deepest part of the path that is there. */
export function positionOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): Place {
  let node: unknown = document.contents;
  let at = isNode(node) ? node.range?.[0] : undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      at = isNode(pair.key) ? (pair.key.range?.[0] ?? at) : at;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      at = isNode(node) ? (node.range?.[0] ?? at) : at;
    } else break;
  }
  if (at === undefined) return { line: null, column: null };
  const { line, col } = lines.linePos(at);
  return { line, column: col };
}

import { describe, expect, it } from 'vitest';
import { type Folding, type TreeNode, treeRows } from '../../../../src/tui/panel/state/tree.js';

const leaf = (key: string, figures: number): TreeNode<number> => ({ key, name: key, figures, children: [] });
const group = (key: string, ...children: TreeNode<number>[]): TreeNode<number> => ({
  key,
  name: key,
  figures: children.reduce((sum, { figures }) => sum + figures, 0),
  children,
});

const TREE = [
  group('tools', leaf('Read', 60), leaf('Bash', 30)),
  group('skills', leaf('bake', 20), leaf('knead', 15), leaf('proof', 1), leaf('cool', 1)),
  group('mcp', { ...leaf('tickets', 10), children: [leaf('definition', 6), leaf('result', 4)] }, leaf('wiki', 5)),
];

/** `▾ mcp 15`, one row each. */
function shown(changes: Partial<Folding<number>>): string[] {
  const rows = treeRows(TREE, {
    folds: {},
    unfoldFirst: ['mcp', 'skills'],
    isMinor: (figures) => figures < 5,
    room: 20,
    sum: (nodes) => nodes.reduce((sum, { figures }) => sum + figures, 0),
    ...changes,
  });
  return rows.map(({ node, depth, isOpen }) => {
    const mark = isOpen === null ? '-' : isOpen ? '▾' : '▸';
    return `${'  '.repeat(depth)}${mark} ${node.name} ${node.figures}`;
  });
}

describe('the rows of a tree', () => {
  it('unfold what was asked for if there is room, and count what says little', () => {
    expect(shown({})).toEqual([
      '▸ tools 90',
      '▾ skills 37',
      '  - bake 20',
      '  - knead 15',
      '  - … 2 more 2',
      '▾ mcp 15',
      '  ▸ tickets 10',
      '  - wiki 5',
    ]);
  });

  it('unfold everything if all of it fits a large screen', () => {
    const rows = shown({ room: 50 });
    expect(rows.slice(0, 3)).toEqual(['▾ tools 90', '  - Read 60', '  - Bash 30']);
    expect(rows).toContain('  - … 2 more 2');
    expect(shown({ room: 50, folds: { tools: false } })[0]).toBe('▸ tools 90');
  });

  it('stay folded on a large screen, too, where inside would only be a count', () => {
    expect(shown({ room: 50, unfoldFirst: [], isMinor: (figures) => figures < 61 })).toEqual([
      '▸ tools 90',
      '▸ skills 37',
      '▸ mcp 15',
    ]);
  });

  it('give the room to the first of them, and only as much as there is', () => {
    expect(shown({ room: 3 })).toEqual(['▸ tools 90', '▸ skills 37', '▸ mcp 15']);
    expect(shown({ room: 5 })).toEqual(['▸ tools 90', '▸ skills 37', '▾ mcp 15', '  ▸ tickets 10', '  - wiki 5']);
    expect(shown({ room: 7 })).toEqual([
      '▸ tools 90',
      '▾ skills 37',
      '  - bake 20',
      '  - … 3 more 17',
      '▾ mcp 15',
      '  ▸ tickets 10',
      '  - wiki 5',
    ]);
  });

  it('show all of what the person unfolded, whatever the room, and nothing of what they folded', () => {
    expect(shown({ room: 0, folds: { skills: true, mcp: false } })).toEqual([
      '▸ tools 90',
      '▾ skills 37',
      '  - bake 20',
      '  - knead 15',
      '  - proof 1',
      '  - cool 1',
      '▸ mcp 15',
    ]);
    expect(shown({ folds: { tickets: true, skills: false } })).toEqual([
      '▸ tools 90',
      '▸ skills 37',
      '▾ mcp 15',
      '  ▾ tickets 10',
      '    - definition 6',
      '    - result 4',
      '  - wiki 5',
    ]);
  });
});

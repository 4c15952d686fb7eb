import { fragment, type Line } from '../../../text/line.js';
import { wrap } from '../../../text/wrap.js';
import { ACTION_GROUPS, type ActionLine } from '../state/actions.js';
import { type Block, headedBlock } from './document.js';

const MOUSE: readonly (readonly [mouse: string, does: string])[] = [
  ['click', 'select a row, open the selected row, show the view of a tab'],
  ['wheel', 'scroll'],
  ['Shift', 'while it is held down, the terminal selects text'],
];

const KEY_WIDTH = 16;

export function helpBlocks(): Block[] {
  return [
    ...ACTION_GROUPS.map(({ title, lines }) =>
      headedBlock([fragment(title, 'heading')], ...lines.map((line) => entryBlock(keysOf(line), line.does))),
    ),
    headedBlock([fragment('Mouse', 'heading')], ...MOUSE.map(([mouse, does]) => entryBlock(mouse, does))),
  ];
}

/** The first key of each action, and their second keys where all have one and there is room. */
function keysOf({ actions }: ActionLine): string {
  const [first = '', second = ''] = [0, 1].map((index) => actions.map(({ keys }) => keys[index] ?? '').join(' '));
  const both = `${first}  ${second}`;
  return actions.every(({ keys }) => keys.length > 1) && both.length < KEY_WIDTH - 2 ? both : first;
}

export function entryBlock(key: string, does: string): Block {
  return (width) =>
    wrap(does, Math.max(8, width - KEY_WIDTH)).map(
      (part, index): Line => [fragment(`  ${index === 0 ? key : ''}`.padEnd(KEY_WIDTH), 'key'), fragment(part)],
    );
}

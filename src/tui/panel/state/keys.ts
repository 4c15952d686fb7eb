import type { Key } from 'ink';
import type { Motion } from './cursor.js';
import type { PromptKind } from './prompt.js';
import { VIEWS, type View } from './state.js';

/** What a key or the mouse means. Its effect depends on the view. */
export type Intent =
  | { type: 'move'; motion: Motion }
  | { type: 'view'; view: View }
  | { type: 'turn'; by: 1 | -1 }
  | { type: 'section'; by: number }
  | { type: 'heading'; by: 1 | -1 }
  | { type: 'ask'; kind: PromptKind }
  | { type: 'rate'; rating: -1 | 0 | 1 }
  | { type: 'copy'; what: 'id' | 'text' }
  | { type: 'back' }
  | { type: 'help' }
  | { type: 'nextSort' }
  | { type: 'nextStatus' }
  | { type: 'pick'; index: number }
  | { type: 'pickSource'; index: number }
  | { type: 'wheel'; by: 1 | -1 }
  | { type: 'open' | 'undo' | 'page' | 'zoom' | 'quit' };

const LETTERS: Readonly<Record<string, Intent>> = {
  j: { type: 'move', motion: 'down' },
  k: { type: 'move', motion: 'up' },
  g: { type: 'move', motion: 'first' },
  G: { type: 'move', motion: 'last' },
  ' ': { type: 'move', motion: 'pageDown' },
  b: { type: 'move', motion: 'pageUp' },
  h: { type: 'section', by: -1 },
  l: { type: 'section', by: 1 },
  n: { type: 'heading', by: 1 },
  p: { type: 'heading', by: -1 },
  '/': { type: 'ask', kind: 'search' },
  s: { type: 'ask', kind: 'source' },
  c: { type: 'ask', kind: 'comment' },
  f: { type: 'nextStatus' },
  o: { type: 'nextSort' },
  '+': { type: 'rate', rating: 1 },
  // The same key as + without Shift, on most keyboards.
  '=': { type: 'rate', rating: 1 },
  '-': { type: 'rate', rating: -1 },
  '0': { type: 'rate', rating: 0 },
  u: { type: 'undo' },
  y: { type: 'copy', what: 'id' },
  Y: { type: 'copy', what: 'text' },
  v: { type: 'page' },
  z: { type: 'zoom' },
  '?': { type: 'help' },
  q: { type: 'quit' },
};

/** Null for a key without a meaning. */
export function intentOf(input: string, key: Key): Intent | null {
  if (key.ctrl) return controlIntent(input);
  if (key.upArrow) return { type: 'move', motion: 'up' };
  if (key.downArrow) return { type: 'move', motion: 'down' };
  if (key.pageUp) return { type: 'move', motion: 'pageUp' };
  if (key.pageDown) return { type: 'move', motion: 'pageDown' };
  if (key.home) return { type: 'move', motion: 'first' };
  if (key.end) return { type: 'move', motion: 'last' };
  if (key.leftArrow) return { type: 'section', by: -1 };
  if (key.rightArrow) return { type: 'section', by: 1 };
  if (key.return) return { type: 'open' };
  if (key.escape) return { type: 'back' };
  if (key.tab) return { type: 'turn', by: key.shift ? -1 : 1 };
  const view = VIEWS[Number(input) - 1];
  return view === undefined ? (LETTERS[input] ?? null) : { type: 'view', view };
}

function controlIntent(input: string): Intent | null {
  if (input === 'c') return { type: 'quit' };
  if (input === 'd' || input === 'f') return { type: 'move', motion: 'pageDown' };
  return input === 'u' || input === 'b' ? { type: 'move', motion: 'pageUp' } : null;
}

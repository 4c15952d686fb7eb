/** What keys do in the player. */
export type PlayerAction =
  | { type: 'toggle' }
  | { type: 'step'; frames: 1 | -1 }
  | { type: 'page'; by: 1 | -1 }
  | { type: 'go'; to: 'first' | 'last' }
  | { type: 'ask' }
  | { type: 'speed'; by: 1 | -1 }
  | { type: 'focus' }
  | { type: 'copy' }
  | { type: 'help' }
  | { type: 'back' }
  | { type: 'quit' };

interface KeyLine {
  keys: readonly string[];
  does: string;
  action: PlayerAction;
}

/** All keys, as people write them, in the order of the help. */
export const KEY_GROUPS: readonly { title: string; lines: readonly KeyLine[] }[] = [
  {
    title: 'Play',
    lines: [
      { keys: ['Space'], does: 'play, pause; at the end, play again', action: { type: 'toggle' } },
      { keys: [']'], does: 'faster, up to 10 times, then max: without waiting', action: { type: 'speed', by: 1 } },
      { keys: ['['], does: 'slower, down to a tenth', action: { type: 'speed', by: -1 } },
    ],
  },
  {
    title: 'Go',
    lines: [
      { keys: ['→', '↓', 'j', 'l'], does: 'the next frame', action: { type: 'step', frames: 1 } },
      { keys: ['←', '↑', 'k', 'h'], does: 'the previous frame', action: { type: 'step', frames: -1 } },
      { keys: ['PgDn', 'Ctrl-f', 'Ctrl-d'], does: 'a page on', action: { type: 'page', by: 1 } },
      { keys: ['PgUp', 'Ctrl-b', 'Ctrl-u'], does: 'a page back', action: { type: 'page', by: -1 } },
      { keys: ['Home'], does: 'the first frame', action: { type: 'go', to: 'first' } },
      { keys: ['End', 'G'], does: 'the last frame', action: { type: 'go', to: 'last' } },
      { keys: ['g', ':'], does: 'a place: 120, 1:23, 83s, 50%', action: { type: 'ask' } },
    ],
  },
  {
    title: 'The frame',
    lines: [
      {
        keys: ['Tab'],
        does: 'scroll its message with ↑ ↓ PgUp PgDn, or go through the frames',
        action: { type: 'focus' },
      },
      { keys: ['y'], does: 'copy the message', action: { type: 'copy' } },
    ],
  },
  {
    title: 'The player',
    lines: [
      { keys: ['?'], does: 'show the keys', action: { type: 'help' } },
      { keys: ['Esc'], does: 'one step back', action: { type: 'back' } },
      { keys: ['q', 'Ctrl-c'], does: 'quit', action: { type: 'quit' } },
    ],
  },
];

const BY_KEY: ReadonlyMap<string, PlayerAction> = new Map(
  KEY_GROUPS.flatMap(({ lines }) => lines.flatMap(({ keys, action }) => keys.map((key) => [key, action] as const))),
);

/** Null for a key without a meaning. @param key as people write it */
export function playerAction(key: string): PlayerAction | null {
  return BY_KEY.get(key) ?? null;
}

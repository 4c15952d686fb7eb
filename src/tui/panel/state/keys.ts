import type { Key } from 'ink';
import { ACTIONS, type PanelAction } from './actions.js';

const BY_KEY: ReadonlyMap<string, PanelAction> = new Map(
  ACTIONS.flatMap((action) => action.keys.map((key) => [key, action] as const)),
);

/** Null for a key without a meaning. */
export function actionOf(input: string, key: Key): PanelAction | null {
  return BY_KEY.get(keyName(input, key)) ?? null;
}

const NAMED = {
  upArrow: '↑',
  downArrow: '↓',
  leftArrow: '←',
  rightArrow: '→',
  pageUp: 'PgUp',
  pageDown: 'PgDn',
  home: 'Home',
  end: 'End',
  return: 'Enter',
  escape: 'Esc',
} as const satisfies Partial<Record<keyof Key, string>>;

/** A key as people write it. */
export function keyName(input: string, key: Key): string {
  if (key.ctrl) return `Ctrl-${input}`;
  for (const [flag, name] of Object.entries(NAMED)) if (key[flag as keyof typeof NAMED]) return name;
  if (key.tab) return key.shift ? 'Shift-Tab' : 'Tab';
  return input === ' ' ? 'Space' : input;
}

import { type JSONPath, visit } from 'jsonc-parser';
import { isRecord } from '../../../base/json.js';
import { align } from '../../../history/align.js';
import type { SettingsEntry } from '../../../model/settings-entry.js';
import { style } from '../../style.js';
import { printable, printableLine } from '../../text.js';

/** Unchanged lines around a change. */
const CONTEXT = 2;

/** A settings file before and after entries were joined to it. */
export interface SettingsDiff {
  /** As it is shown: `~/.claude/settings.json`. */
  shownFile: string;
  /** Null: it does not exist. */
  before: string | null;
  after: string;
  entries: readonly SettingsEntry[];
}

/** The changed lines, with a few around them. Of other settings only the names are shown: values may be secrets. */
export function describeSettingsDiff({ shownFile, before, after, entries }: SettingsDiff): string[] {
  const title = printableLine(`${shownFile}${before === null ? ' (new)' : ''}`);
  const lists = entries.filter(({ isItem }) => isItem);
  return [style(title, 'heading'), ...differingLines(linesOf(before ?? '', lists), linesOf(after, entries))];
}

function differingLines(before: readonly string[], after: readonly string[]): string[] {
  const pairs = align(before, after);
  const changes: { sign: ' ' | '-' | '+'; text: string }[] = [];
  let [b, a] = [0, 0];
  for (const [nextB, nextA] of [...pairs, [before.length, after.length] as const]) {
    changes.push(...before.slice(b, nextB).map((text) => ({ sign: '-', text }) as const));
    changes.push(...after.slice(a, nextA).map((text) => ({ sign: '+', text }) as const));
    if (nextA < after.length) changes.push({ sign: ' ', text: after[nextA] ?? '' });
    [b, a] = [nextB + 1, nextA + 1];
  }
  const isNear = (index: number) =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' ');
  return changes.flatMap(({ sign, text }, index) => {
    if (isNear(index)) return [style(`${sign} ${text}`, TONES[sign])];
    return index === 0 || isNear(index - 1) ? [style('  …', 'dim')] : [];
  });
}

const TONES = { ' ': 'dim', '-': 'bad', '+': 'good' } as const;

/** The lines of settings, with the values of these entries only. */
function linesOf(text: string, shown: readonly SettingsEntry[]): string[] {
  const parts: string[] = [];
  let end = 0;
  const hide = (offset: number, length: number) => {
    parts.push(text.slice(end, offset), '…');
    end = offset + length;
  };
  visit(text, {
    onLiteralValue(_, offset, length, __, ___, path) {
      if (!isShown(path(), shown)) hide(offset, length);
    },
  });
  const all = printable(parts.join('') + text.slice(end));
  return all === '' ? [] : all.replace(/\n$/, '').split('\n');
}

/**
 * All items of a list are shown where one of them is ours: it is a list of names. Of items that are objects, only the fields
 * that ours has are names: `deniedMcpServers` may have URLs and commands, too.
 */
function isShown(path: JSONPath, shown: readonly SettingsEntry[]): boolean {
  return shown.some(({ path: own, value, isItem }) => {
    const field = path[own.length + 1];
    const isNamed = !isItem || field === undefined || (isRecord(value) && Object.hasOwn(value, field));
    return isNamed && own.every((key, index) => path[index] === key);
  });
}

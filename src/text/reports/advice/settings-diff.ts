import { type JSONPath, visit } from 'jsonc-parser';
import { isRecord } from '../../../base/json.js';
import type { SettingsEntry } from '../../../model/settings-entry.js';
import { differingLines } from '../../line-diff.js';
import { style } from '../../style.js';
import { printable, printableLine } from '../../text.js';

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

import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { isRecord, type JsonRecord, parseRecord } from '../../base/json.js';
import { type SettingsEntry, settingsObject } from '../../model/settings-entry.js';
import { replaced, textOf, unitOf, withChild } from './json-text.js';

const BYTE_ORDER_MARK = '\uFEFF';

/** Why entries cannot be joined to the text of a settings file. The text is not quoted: it may hold secrets. */
export class SettingsTextError extends Error {
  override readonly name = 'SettingsTextError';

  /** @param path of the value that has another type, or that is there twice; empty for the whole text */
  constructor(
    readonly code: 'not_json' | 'other_type' | 'twice',
    readonly path: readonly string[],
  ) {
    super(`${code} at /${path.join('/')}`);
  }
}

/**
 * Joins entries to the text of a settings file. The rest of the text stays as it is, with its indentation.
 *
 * Claude Code takes a file with a comment or a trailing comma for a broken one (2.0.30, 2.1.332). 2.1.332 accepts a byte order
 * mark.
 * @param text null or empty: a file without settings
 * @returns the same text where it has all entries already
 * @throws SettingsTextError
 */
export function withEntries(text: string | null, entries: readonly SettingsEntry[]): string {
  const mark = text?.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const json = (text ?? '').slice(mark.length);
  if (json.trim() === '') return `${mark}${JSON.stringify(settingsObject(entries), null, 2)}\n`;
  const changed = entries.reduce(withEntry, json);
  const settings = parseObject(changed);
  for (const entry of entries) {
    // The last of two equal keys counts, and the first was changed.
    if (!hasEntry(settings, entry)) throw new SettingsTextError('twice', entry.path);
  }
  return mark + changed;
}

function withEntry(json: string, entry: SettingsEntry): string {
  const settings = parseObject(json);
  if (hasEntry(settings, entry)) return json;
  const root = parseTree(json);
  if (root === undefined) throw new SettingsTextError('not_json', []);
  const { path, value, isItem } = entry;
  const there = findNodeAtLocation(root, [...path]);
  if (there === undefined) return withProperty(json, root, entry);
  if (!isItem) return replaced(json, there.offset, there.length, JSON.stringify(value));
  if (there.type !== 'array') throw new SettingsTextError('other_type', path);
  return withChild(json, there, (indent) => textOf(value, indent, unitOf(json)));
}

/** Adds the first key of the path that is missing, with all that belongs under it. */
function withProperty(json: string, root: Node, { path, value, isItem }: SettingsEntry): string {
  const depth = path.findIndex((_, index) => findNodeAtLocation(root, path.slice(0, index + 1)) === undefined);
  const parent = findNodeAtLocation(root, path.slice(0, depth)) ?? root;
  const [key = '', ...rest] = path.slice(depth);
  const inner = rest.length > 0 ? settingsObject([{ path: rest, value, isItem }]) : isItem ? [value] : value;
  return withChild(json, parent, (indent) => `${JSON.stringify(key)}: ${textOf(inner, indent, unitOf(json))}`);
}

function parseObject(json: string): JsonRecord {
  const settings = parseRecord(json);
  if (settings === null) throw new SettingsTextError('not_json', []);
  return settings;
}

function hasEntry(settings: unknown, { path, value, isItem }: SettingsEntry): boolean {
  const there = valueAt(settings, path);
  return isItem ? Array.isArray(there) && there.some((each) => isSame(each, value)) : isSame(there, value);
}

/** Undefined where the path has no value. @throws SettingsTextError where a value on the way is not an object */
function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key, depth) => {
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw new SettingsTextError('other_type', path.slice(0, depth));
    return Object.hasOwn(value, key) ? value[key] : undefined;
  }, settings);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

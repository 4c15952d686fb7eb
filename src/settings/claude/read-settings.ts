import { readFileSync, statSync } from 'node:fs';
import { codeOf } from '../../base/error-text.js';
import { isRecord, type JsonRecord } from '../../base/json.js';

/** Settings, or why they could not be parsed. Claude Code ignores such a file, and so do we. */
export type ReadSettings = { settings: JsonRecord } | { problem: string } | 'missing';

/** Settings files have some KB; `.claude.json` can grow to some MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads a settings file, through symbolic links. Never throws, and does not read a pipe. */
export function readSettingsFile(file: string): ReadSettings {
  let text: string;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { problem: `${file} is not a file` };
    if (stats.size > MAX_BYTES) return { problem: `${file} is larger than ${MAX_BYTES / 1024 / 1024} MB` };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : { problem: `${file} cannot be read (${code})` };
  }
  return parseSettings(text, file);
}

/**
 * Parses settings, with or without a byte order mark; an empty text has none.
 * @param name of the place, for the problem. The text itself is not quoted: it may hold secrets.
 */
export function parseSettings(text: string, name: string): ReadSettings {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return { settings: {} };
  try {
    const settings: unknown = JSON.parse(json);
    return isRecord(settings) ? { settings } : { problem: `${name} is not a JSON object` };
  } catch {
    return { problem: `${name} is not valid JSON` };
  }
}

/** The `env` block, with the values that Claude Code puts into its environment. */
export function envBlock(settings: JsonRecord): [name: string, value: string][] {
  if (!isRecord(settings.env)) return [];
  return Object.entries(settings.env).flatMap(([name, value]): [string, string][] =>
    ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
  );
}

import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../base/error-text.js';
import { UsageError } from '../base/errors.js';
import { firstJsonError } from '../base/first-json-error.js';
import { type JsonRecord, parseRecord } from '../base/json.js';
import { readRegularFile } from '../base/regular-file.js';
import { replacePrivately } from './private-file.js';

/** The content of the file, without defaults; a missing file is empty. @throws UsageError that says where the file is wrong */
export async function readRaw(file: string): Promise<JsonRecord> {
  const text = readText(file);
  const raw = parseRecord(text);
  if (raw !== null) return raw;
  const error = await firstJsonError(text);
  const place = error === null ? '' : ` (${placeOf(text, error)})`;
  throw new UsageError(`The configuration ${file} is not a JSON object${place}; correct or remove it.`);
}

/** The same for a program that has no time to explain errors: null. */
export function peekRaw(file: string): JsonRecord | null {
  try {
    return parseRecord(readText(file));
  } catch {
    return null;
  }
}

/** @throws UsageError */
function readText(file: string): string {
  try {
    return readRegularFile(file).toString();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '{}';
    throw new UsageError(`Cannot read the configuration ${file}: ${describeError(error)}.`);
  }
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** Replaces the file in one step. A symbolic link stays, and its target is replaced. */
export function writeRaw(file: string, raw: JsonRecord): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replacePrivately(existsSync(file) ? realpathSync(file) : file, `${JSON.stringify(raw, null, 2)}\n`);
}

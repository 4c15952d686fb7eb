import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../base/error-text.js';
import { UsageError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { readRegularFile } from '../base/regular-file.js';
import { replacePrivately } from './private-file.js';

/** The content of the file, without defaults; a missing file is empty. @throws UsageError */
export function readRaw(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readRegularFile(file).toString();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new UsageError(`Cannot read the configuration ${file}: ${describeError(error)}.`);
  }
  try {
    const raw: unknown = JSON.parse(text);
    if (isRecord(raw)) return { ...raw };
  } catch {
    // Reported below.
  }
  throw new UsageError(`The configuration ${file} is not a JSON object; correct or remove it.`);
}

/** Replaces the file in one step. A symbolic link stays, and its target is replaced. */
export function writeRaw(file: string, raw: Record<string, unknown>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replacePrivately(existsSync(file) ? realpathSync(file) : file, `${JSON.stringify(raw, null, 2)}\n`);
}

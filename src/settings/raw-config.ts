import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../base/error-text.js';
import { UsageError } from '../base/errors.js';
import { isRecord } from '../base/json.js';

/** The content of the file, without defaults; a missing file is empty. @throws UsageError */
export function readRaw(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
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

/** Replaces the file in one step, so that a crash leaves the old or the new one. A symbolic link to a file stays. */
export function writeRaw(file: string, raw: Record<string, unknown>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const target = existsSync(file) ? realpathSync(file) : file;
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(raw, null, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, target);
}

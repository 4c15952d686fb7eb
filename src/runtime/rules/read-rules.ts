import { readFile } from 'node:fs/promises';
import { systemReason } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import { parseRules } from '../../rules/index.js';

/** A rules file that is valid. */
export interface RulesFile {
  /** As it was named. */
  file: string;
  text: string;
}

/** @throws UsageError where it cannot be read; RulesError where it is not valid */
export async function readRules(file: string): Promise<RulesFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`The rules file ${file} cannot be read: ${systemReason(error)}.`);
  });
  parseRules(text, file);
  return { file, text };
}

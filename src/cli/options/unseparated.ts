import { UsageError } from '../../base/errors.js';
import { quote } from '../../export/to-curl.js';
import type { DescribedOptions } from './described-options.js';

/**
 * `wrap claude -p hi`: options of the command would be taken for those of `wrap`, so it follows `--`.
 * @param words of the command line, the first of which is `wrap`
 * @throws UsageError that says what to write
 */
export function refuseUnseparated(words: readonly string[], { options }: DescribedOptions): void {
  let index = 1;
  for (let word = words[index]; word?.startsWith('-'); word = words[index]) {
    const option = options.find(({ name }) => `--${name}` === word);
    index += option?.takesValue ? 2 : 1;
  }
  if (index >= words.length) return;
  const line = [...words.slice(0, index), '--', ...words.slice(index)].map(quote).join(' ');
  throw new UsageError(`Write the command to run after --: claude-trace ${line}`);
}

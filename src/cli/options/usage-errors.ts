import { UsageError } from '../../base/errors.js';
import { similarNames } from '../../base/similar-names.js';
import { quote } from '../../export/to-curl.js';
import { COMMANDS, commandIn } from '../command-table.js';
import type { DescribedOption } from './described-options.js';

/**
 * Refuses `wrap claude -p hi`: the options of the command would be taken for those of `wrap`, so it must follow `--`.
 * @param words the command line; the first is `wrap`
 * @throws UsageError that says what to write
 */
export function refuseWithoutSeparator(words: readonly string[], options: readonly DescribedOption[]): void {
  let index = 1;
  for (let word = words[index]; word?.startsWith('-'); word = words[index]) {
    const option = options.find(({ name }) => `--${name}` === word);
    index += option?.takesValue ? 2 : 1;
  }
  if (index >= words.length) return;
  const line = [...words.slice(0, index), '--', ...words.slice(index)].map(quote).join(' ');
  throw new UsageError(`Write the command to run after --: claude-trace ${line}`);
}

/** yargs reads `--no-project` as false, also where the option takes a text. @throws UsageError */
export function refuseNegatedValues(words: readonly string[], options: readonly DescribedOption[]): void {
  for (const word of words) {
    const [, spelled = ''] = /^--no-([^=]+)/.exec(word) ?? [];
    const option = optionNamed(spelled, options);
    if (option?.takesValue) {
      throw new UsageError(`There is no --no-${spelled}: leave out --${option.name} instead.`);
    }
  }
}

/** For yargs, `--json=yes` is false. @throws UsageError */
export function refuseFlagValues(words: readonly string[], options: readonly DescribedOption[]): void {
  for (const word of words) {
    const [, spelled = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    const option = optionNamed(spelled.replace(/^no-/, ''), options);
    if (option === undefined || option.takesValue || value === 'true' || value === 'false') continue;
    throw new UsageError(`--${spelled} takes no value: leave out "=${value}".`);
  }
}

/** For yargs, a value that is missing is empty, true or not a number. @throws UsageError */
export function refuseMissingValues(words: readonly string[], options: readonly DescribedOption[]): void {
  for (const [index, word] of words.entries()) {
    const [, spelled = ''] = /^--([^=]+)$/.exec(word) ?? [];
    const option = optionNamed(spelled, options);
    if (option?.takesValue && !isValue(words[index + 1])) {
      throw new UsageError(`--${option.name} needs a value. See claude-trace help ${words[0]}.`);
    }
  }
}

/** Whether yargs takes the word as a value of the option before it: not another option, but a negative number. */
function isValue(word: string | undefined): boolean {
  return word !== undefined && (!word.startsWith('-') || /^-(\d*\.?\d+)?$/.test(word));
}

/** @param spelled as `max-tokens` or `maxTokens` */
function optionNamed(spelled: string, options: readonly DescribedOption[]): DescribedOption | undefined {
  const name = spelled.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return options.find((option) => option.name === name);
}

/**
 * The message of yargs for a wrong command line, as a sentence that says what to write instead.
 *
 * @param message of yargs 18; an unknown one is returned on one line
 * @param words the command line; the first is the command
 * @param options names of the command's options, without dashes
 */
export function describeUsageError(message: string, words: readonly string[], options: readonly string[]): string {
  const { name, usage } = commandIn(words) ?? { name: words[0] ?? '', usage: words[0] ?? '' };
  const help = `claude-trace help ${name}`;
  const line = message.replace(/\s*\n\s*/g, ' ').trim();

  const few = /^Not enough non-option arguments: got \d+, need at least (\d+)/.exec(line);
  if (few) {
    return `${name} needs at least ${few[1]} argument${few[1] === '1' ? '' : 's'}: claude-trace ${usage}. See ${help}.`;
  }
  const many = /^Too many non-option arguments/.exec(line);
  if (many) return `${name} takes fewer arguments: claude-trace ${usage}. See ${help}.`;
  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(line) ?? [];
  if (unknown !== undefined) return `${unknownArgument(unknown, words, options)} ${help} lists what ${name} takes.`;
  const [, argument, given, choices] =
    /^Invalid values: Argument: (.+), Given: "?(.*?)"?, Choices: (.+)$/.exec(line) ?? [];
  if (argument !== undefined && choices !== undefined) {
    const what = options.includes(argument) ? `--${argument}: ` : '';
    return `${what}"${given}" is not one of ${choices.replaceAll('"', '')}.`;
  }
  return line;
}

export function describeUnknownCommand(name: string): string {
  const [similar] = similarNames(
    name,
    COMMANDS.map((command) => command.name),
  );
  const what = name.startsWith('-') ? `Unknown option ${name}.` : `Unknown command "${name}".`;
  return `${what}${similar === undefined ? '' : ` Did you mean ${similar}?`} claude-trace help lists all commands.`;
}

function unknownArgument(unknown: string, words: readonly string[], options: readonly string[]): string {
  const isOption = words.some(
    (word) => word.startsWith('-') && word.replace(/^--?(no-)?/, '').split('=', 1)[0] === unknown,
  );
  if (!isOption) return `Unknown argument "${unknown}".`;
  const dashes = unknown.length === 1 ? '-' : '--';
  const [similar] = similarNames(unknown, options);
  return `Unknown option ${dashes}${unknown}.${similar === undefined ? '' : ` Did you mean --${similar}?`}`;
}

import { COMMANDS, commandIn, STARTING } from '../command-table.js';
import { type DescribedOption, type DescribedOptions, describedBy } from '../options/described-options.js';
import { type Candidate, type Candidates, plain, valuesOf, valuesOfOption } from './values.js';

const HELP: Candidate = { value: '--help', description: 'show help' };

/**
 * What could be typed next, including words that do not begin with the current one: each shell matches in its own way.
 *
 * @param words between the name of the program and the word that is being typed
 * @param current the word that is being typed, up to the cursor
 * @returns `command`: a command line of another program follows `--`
 */
export async function candidatesFor(words: readonly string[], current: string): Promise<Candidates | 'command'> {
  const [name, ...rest] = words;
  if (name === undefined) {
    const version = { value: '--version', description: 'show the version' };
    return current.startsWith('-')
      ? [HELP, version]
      : [...commands(), { value: 'help', description: 'describe a command' }];
  }
  if (name === 'help') return rest.length === 0 ? commands() : [];
  if (rest.includes('--')) return STARTING.has(name) ? 'command' : [];
  const command = commandIn(words);
  if (command === undefined) return [];
  const described = describedBy(await command.load());

  const before = described.options.find((option) => option.takesValue && `--${option.name}` === rest.at(-1));
  if (before !== undefined) return valuesFor(before, rest);
  const [, joined = '', optionName] = /^(--([^=]+)=)/.exec(current) ?? [];
  const option = described.options.find((each) => each.name === optionName);
  if (option !== undefined) return prefixed(joined, await valuesFor(option, rest));
  if (current.startsWith('-')) return options(described, rest, current);

  const given = positionalWords(described, rest);
  const positional = described.positionals[given.length] ?? described.positionals.find(({ isList }) => isList);
  if (positional !== undefined && name !== 'wrap') {
    return positional.choices.length > 0 ? plain(...positional.choices) : valuesOf(positional.name, given);
  }
  const separator = { value: '--', description: 'the command to run follows' };
  return [...(name === 'wrap' ? [separator] : []), ...options(described, rest, current)];
}

function commands(): Candidate[] {
  return COMMANDS.map(({ name: value, description }) => ({ value, description }));
}

/** Options that are not on the line yet. */
function options({ options }: DescribedOptions, words: readonly string[], current: string): Candidate[] {
  const all = options.flatMap(({ name, description, isNegatable }) => [
    { value: `--${name}`, description },
    ...(isNegatable && current.startsWith('--n') ? [{ value: `--no-${name}`, description }] : []),
  ]);
  const isGiven = ({ value }: Candidate) => words.some((word) => word === value || word.startsWith(`${value}=`));
  return [...all, HELP].filter((each) => !isGiven(each));
}

async function valuesFor({ name, choices }: DescribedOption, words: readonly string[]): Promise<Candidates> {
  return choices.length > 0 ? plain(...choices) : valuesOfOption(name, words);
}

function prefixed(prefix: string, candidates: Candidates): Candidates {
  if (candidates === 'files') return candidates;
  return candidates.map(({ value, description }) => ({ value: prefix + value, description }));
}

/** Words that are neither options nor their values. */
function positionalWords({ options }: DescribedOptions, words: readonly string[]): string[] {
  const takesNext = (word: string | undefined) =>
    options.some(({ name, takesValue }) => takesValue && `--${name}` === word);
  // A lone `-` is a rating.
  return words.filter((word, index) => !/^-./.test(word) && !takesNext(words[index - 1]));
}

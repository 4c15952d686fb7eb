import type { ArgumentsCamelCase, Argv, Options } from 'yargs';
import type { CommandFile } from '../command-file.js';

/**
 * Reads options without yargs, which takes longer to load than Node itself. Reads only flags and options with a list of values, such
 * as `--quiet --layout none`.
 *
 * @param words the words between the command and `--`
 * @returns the same as yargs; null if yargs is needed
 */
export function readPlainOptions<Described>(
  words: readonly string[],
  describe: CommandFile<Described>['options'],
): ArgumentsCamelCase<Described> | null {
  const described = optionsOf(describe);
  const given: Record<string, unknown> = { _: [], $0: 'claude-trace' };
  const set = (name: string, value: unknown): void => {
    given[name] = value;
    given[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] = value;
  };
  for (const [name, option] of described) if (option.default !== undefined) set(name, option.default);
  for (let index = 0; index < words.length; index += 1) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[index] ?? '') ?? [];
    const option = described.get(name);
    if (option?.type === 'boolean' && inline === undefined) set(name, true);
    else if (option?.choices !== undefined) {
      const value = inline ?? words[index + 1];
      if (value === undefined || !option.choices.includes(value)) return null;
      set(name, value);
      if (inline === undefined) index += 1;
    } else return null;
  }
  return given as ArgumentsCamelCase<Described>;
}

function optionsOf<Described>(describe: CommandFile<Described>['options']): Map<string, Options> {
  const described = new Map<string, Options>();
  const builder = {
    usage: () => builder,
    example: () => builder,
    option(name: string, option: Options) {
      described.set(name, option);
      return builder;
    },
  };
  describe(builder as unknown as Argv);
  return described;
}

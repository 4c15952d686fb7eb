import yargs, { type Argv, type Options, type PositionalOptions } from 'yargs';
import type { LoadedCommand } from '../command-table.js';

export interface DescribedOption {
  /** Without dashes. */
  name: string;
  description: string;
  takesValue: boolean;
  /** Has three values: given, `--no-…`, or neither. */
  isNegatable: boolean;
  /** Empty where any value is allowed. */
  choices: readonly string[];
}

/** An argument of a command, in order. */
export interface DescribedPositional {
  name: string;
  choices: readonly string[];
}

export interface DescribedOptions {
  /** Without hidden ones. */
  options: DescribedOption[];
  positionals: DescribedPositional[];
}

/** The options and arguments of a command, as its file describes them to yargs. */
export function describedBy({ describe }: LoadedCommand): DescribedOptions {
  const described: DescribedOptions = { options: [], positionals: [] };
  const cli: Argv = yargs([]);
  const option = (name: string, given: Options): Argv => {
    const { type, choices = [], describe: description = '', hidden } = given;
    if (hidden) return cli;
    described.options.push({
      name,
      description,
      takesValue: type !== 'boolean',
      isNegatable: type === 'boolean' && given.default === undefined,
      choices: choices.map(String),
    });
    return cli;
  };
  const positional = (name: string, { choices = [] }: PositionalOptions): Argv => {
    described.positionals.push({ name, choices: choices.map(String) });
    return cli;
  };
  Object.assign(cli, { option, positional });
  describe(cli);
  return described;
}

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
  description: string;
  choices: readonly string[];
  /** Takes all words that follow. */
  isList: boolean;
}

/** A whole command line, and what it does. */
export interface DescribedExample {
  line: string;
  description: string;
}

export interface DescribedOptions {
  /** Ways to call it, one a line, then paragraphs about what it does. */
  usage: string;
  examples: DescribedExample[];
  /** Without hidden ones. */
  options: DescribedOption[];
  positionals: DescribedPositional[];
}

/** The options and arguments of a command, as its file describes them to yargs. */
export function describedBy({ describe }: LoadedCommand): DescribedOptions {
  const described: DescribedOptions = { usage: '', examples: [], options: [], positionals: [] };
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
  const positional = (name: string, given: PositionalOptions): Argv => {
    const { choices = [], describe: description = '', array: isList = false } = given;
    described.positionals.push({ name, description, choices: choices.map(String), isList });
    return cli;
  };
  const usage = (text: string): Argv => {
    described.usage = text;
    return cli;
  };
  const example = (line: string, description: string): Argv => {
    described.examples.push({ line: line.replace('$0', 'claude-trace'), description });
    return cli;
  };
  Object.assign(cli, { option, positional, usage, example });
  describe(cli);
  return described;
}

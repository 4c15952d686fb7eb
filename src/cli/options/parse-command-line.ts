import yargs from 'yargs';
import { UsageError } from '../../base/errors.js';
import { VERSION } from '../../settings/version.js';
import { writeOut } from '../../text/output/stdout.js';
import { commandIn, STARTING } from '../command-table.js';
import { describeCommands } from '../help.js';
import { type DescribedOption, describedBy } from './described-options.js';
import {
  describeUnknownCommand,
  describeUsageError,
  refuseFlagValues,
  refuseMissingValues,
  refuseNegatedValues,
  refuseWithoutSeparator,
} from './usage-errors.js';

/** Wider lines are hard to read. */
const MAX_HELP_WIDTH = 100;

/**
 * Reads a command line. `--help` and `--version` are answered at once.
 * @returns what runs the command @throws UsageError
 */
export async function parseCommandLine(words: readonly string[]): Promise<() => Promise<void>> {
  const separator = words.indexOf('--');
  const own = helpAsOption(words.slice(0, separator === -1 ? undefined : separator));
  // The words after the first `--` belong to the wrapped command and are not parsed.
  const wrapped = separator === -1 ? [] : words.slice(separator + 1);
  if (own.length === 0 || own[0] === '--help' || own[0] === '-h') return () => writeOut(describeCommands());

  const command = commandIn(own);
  if (command === undefined && own[0] !== '--version') throw new UsageError(describeUnknownCommand(own[0] ?? ''));
  if (wrapped.length > 0 && command !== undefined && !STARTING.has(own[0] ?? '')) {
    throw new UsageError(
      `Only wrap, replay and mcp take words after --: leave out -- in claude-trace ${command.name}.`,
    );
  }
  const loaded = await command?.load();
  let options: readonly DescribedOption[] | undefined;
  const described = () => {
    options ??= loaded === undefined ? [] : describedBy(loaded).options;
    return options;
  };
  if (command?.name === 'wrap' && separator === -1 && !own.some(isHelp)) {
    refuseWithoutSeparator(own, described());
  }
  if (!own.some(isHelp) && own.some((word) => word.startsWith('--'))) {
    refuseNegatedValues(own, described());
    refuseFlagValues(own, described());
    refuseMissingValues(own, described());
  }

  const cli = yargs([...own])
    .scriptName('claude-trace')
    .version('version', 'print the version', VERSION)
    .help('help', 'show this help')
    .alias('help', 'h')
    .strict()
    .wrap(Math.min(process.stdout.columns ?? 80, MAX_HELP_WIDTH))
    // When an option is given twice, the last one counts. `--project.x` is not an option.
    .parserConfiguration({ 'duplicate-arguments-array': false, 'dot-notation': false })
    .demandCommand(1)
    .fail((message, error) => {
      throw (
        error ??
        new UsageError(
          describeUsageError(
            message,
            own,
            described().map(({ name }) => name),
          ),
        )
      );
    })
    .exitProcess(false);
  // Runs after the command line is parsed: for a handler that takes time, yargs first renders its help.
  let job: ((wrapped: readonly string[]) => Promise<void>) | undefined;
  loaded?.register(cli, (work) => {
    job = work;
  });
  await cli.parseAsync();
  return async () => job?.(wrapped);
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** Turns `help` into `--help`, `help query` into `query --help`, and `help mcp record` into `mcp record --help`. */
function helpAsOption([first, ...rest]: readonly string[]): string[] {
  if (first !== 'help') return first === undefined ? [] : [first, ...rest];
  return [...rest.slice(0, 2), '--help'];
}

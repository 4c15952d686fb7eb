import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { EXPECTED_HOST, isListenHost } from '../../base/listen-host.js';
import type { OutputFormat } from '../../text/reports/request-list.js';

/** Rows of one answer; scripts read page by page. */
export const MAX_ROWS = 100_000;

export function idPositional<Described>(yargs: Argv<Described>, last = 'the newest request') {
  return yargs.positional('id', {
    type: 'string',
    demandOption: true,
    describe: `an id, a prefix of one, or last: ${last}`,
  });
}

export function sessionPositional<Described>(yargs: Argv<Described>) {
  return yargs.positional('session', {
    type: 'string',
    describe: 'a session of Claude Code: its id or a prefix of it, its name, or last  [default: last]',
  });
}

export function sessionOption<Described>(yargs: Argv<Described>, what = '') {
  return yargs.option('session', {
    type: 'string',
    describe: `${what}session of Claude Code: its id or a prefix of it, its name, or last`,
  });
}

/** Options that choose a project or an agent. */
export function scopeOptions<Described>(yargs: Argv<Described>) {
  return yargs
    .option('project', {
      type: 'string',
      describe: 'folder that Claude Code ran in: its path, its last part, or . for this one',
    })
    .option('agent', { type: 'string', describe: 'agent: its name (Explore), or its id in Claude Code' });
}

/** @throws UsageError naming the option */
export function toScope({ project, agent }: { project?: string | undefined; agent?: string | undefined }) {
  const given = notEmpty('project', project);
  // A path as a shell completes it.
  const folder = given !== undefined && /^\.{1,2}($|[/\\])/.test(given) ? resolve(given) : given;
  return { project: folder?.replace(/(?<=.)[/\\]+$/, ''), agent: notEmpty('agent', agent) };
}

export function pageOptions<Described>(yargs: Argv<Described>) {
  return yargs
    .option('limit', { type: 'number', default: 20, describe: 'maximum number of rows' })
    .option('offset', { type: 'number', default: 0, describe: 'number of rows to skip' });
}

/**
 * Of an option that is given several times, the last one counts: for commands that let yargs collect them.
 * @param repeatable options and positionals that are lists
 */
export function keepLast(...repeatable: readonly string[]): (args: Record<string, unknown>) => void {
  const lists = new Set(['_', ...repeatable]);
  return (args) => {
    for (const [name, value] of Object.entries(args)) {
      if (Array.isArray(value) && !lists.has(name)) args[name] = value.at(-1);
    }
  };
}

export function jsonOption<Described>(yargs: Argv<Described>, describe = 'as JSON') {
  return yargs.option('json', { type: 'boolean', default: false, describe });
}

/** One call has one of these formats; without them, it prints a table for people. */
export function formatOptions<Described>(yargs: Argv<Described>) {
  return jsonOption(yargs, 'as one JSON document').option('ndjson', {
    type: 'boolean',
    default: false,
    describe: 'as one JSON object per line',
  });
}

/** @throws UsageError when more than one is given */
export function chosenFormat(args: { json: boolean; ndjson: boolean; csv?: boolean }): OutputFormat {
  const { json, ndjson, csv = false } = args;
  const formats = (['json', 'ndjson', 'csv'] as const).filter((_, index) => [json, ndjson, csv][index]);
  if (formats.length > 1) {
    throw new UsageError(`Give only one of --json, --ndjson${args.csv === undefined ? '' : ', --csv'}.`);
  }
  return formats[0] ?? 'table';
}

/** An empty argument is usually a variable of a script that was not set. @throws UsageError */
export function notEmpty(
  option: string,
  text: string | undefined,
  advice = 'give a value, or leave it out',
): string | undefined {
  if (text === '') throw new UsageError(`--${option} is empty: ${advice}.`);
  return text;
}

/** Refuses an empty word that is not an option. @throws UsageError */
export function notEmptyWord(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new UsageError(`The ${name} is empty: write one, or leave it out.`);
  return text;
}

/** Where to listen; by default, only for this machine. @throws UsageError */
export function listenHost(given: string | undefined): string {
  const host = notEmpty('host', given, 'leave it out for 127.0.0.1') ?? '127.0.0.1';
  if (!isListenHost(host)) throw new UsageError(`--host: ${EXPECTED_HOST}.`);
  return host;
}

/** @throws UsageError naming the option */
export function wholeNumber(option: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${option}: give a whole number from ${min} to ${max}.`);
}

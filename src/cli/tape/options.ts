import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import type { TapeFilter } from '../../mcp/tape/index.js';
import { resolvePaths } from '../../settings/paths.js';
import type { OptionsOf } from '../command-file.js';
import { parseDuration, parseSize } from '../options/amounts.js';
import { jsonOption, keepLast, notEmpty, wholeNumber } from '../options/shared-options.js';
import { parsePeriod } from '../options/time-argument.js';
import { isGiven, refuseUseless, type UsedBy } from '../options/useless-options.js';

const ACTIONS = [
  'list',
  'show',
  'record',
  'export',
  'import',
  'validate',
  'compress',
  'tag',
  'search',
  'stats',
  'delete',
  'cleanup',
] as const;
export type TapeAction = (typeof ACTIONS)[number];

export const TAPE_FORMATS = ['tape', 'v0', 'v1', 'har', 'mermaid'] as const;
export type TapeFormat = (typeof TAPE_FORMATS)[number];

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      // Without it, only the last of several tapes is left.
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .middleware(keepLast('tapes', 'tag'), true)
      .usage(
        [
          'claude-trace tape [list] [filters]',
          'claude-trace tape show <tape> [--frame <number>]',
          'claude-trace tape record <session|run>',
          'claude-trace tape export <tape> [--format <format>] [--output <file>]',
          'claude-trace tape import <file…>',
          'claude-trace tape validate <tape…> [--fix]',
          'claude-trace tape compress|delete <tape…>',
          'claude-trace tape tag <tape> <tag…> [--remove]',
          'claude-trace tape search <text> [filters]',
          'claude-trace tape stats [filters]',
          'claude-trace tape cleanup --older-than <age>',
        ].join('\n       ') +
          '\n\nTapes are files with the messages of one connection to an MCP server, to keep, share and replay. They are in the ' +
          'folder tapes of the data folder; a command also takes the path of a tape elsewhere. `record` makes the tapes of a ' +
          'session from what was recorded: one for each connection. `delete` and `cleanup` ask first.',
      )
      .positional('action', { choices: ACTIONS, default: 'list' as const, describe: 'what to do' })
      .positional('tapes', {
        type: 'string',
        array: true,
        describe:
          'a tape: its id or a prefix of it, its name, the path of a file, or last; for record, a session or run',
      })
      .option('limit', { type: 'number', describe: 'list, show, search: maximum number of rows  [default: 20]' })
      .option('offset', { type: 'number', describe: 'list, show, search: number of rows to skip' })
      .option('server', { type: 'string', describe: 'tapes of this server; * matches any text' })
      .option('tool', {
        type: 'string',
        describe: 'tapes that call this tool, prompt or resource; * matches any text',
      })
      .option('name', { type: 'string', describe: 'tapes whose file has this name; * matches any text' })
      .option('tag', {
        type: 'string',
        array: true,
        describe: 'tapes with this tag; if repeated, with all of the tags',
      })
      .option('session', {
        type: 'string',
        describe: 'tapes of this session of Claude Code: its id or a prefix of it, its name, or last',
      })
      .option('since', { type: 'string', describe: 'recorded from this time: ISO 8601, 2h, 7d, today, yesterday' })
      .option('until', { type: 'string', describe: 'recorded until this time' })
      .option('min-duration', { type: 'string', describe: 'at least this long: 500ms, 1.5s, 2m' })
      .option('max-duration', { type: 'string', describe: 'at most this long' })
      .option('min-size', { type: 'string', describe: 'at least this large on disk: 500, 20kb, 1.5mb' })
      .option('max-size', { type: 'string', describe: 'at most this large on disk' })
      .option('frame', { type: 'number', describe: 'show: the message of this frame, in full' })
      .option('format', {
        choices: TAPE_FORMATS,
        describe: "export: file format; v0 and v1 are Shadowcat's  [default: tape]",
      })
      .option('output', { type: 'string', describe: 'export: file to write; default: stdout. *.gz is compressed' })
      .option('force', { type: 'boolean', default: false, describe: 'export: replace the file' })
      .option('gzip', { type: 'boolean', default: false, describe: 'record, import: compress the tapes' })
      .option('fix', {
        type: 'boolean',
        default: false,
        describe: 'validate: make a complete tape of what can be read, and keep the old file next to it',
      })
      .option('remove', { type: 'boolean', default: false, describe: 'tag: remove these tags' })
      .option('older-than', { type: 'string', describe: 'cleanup: delete tapes recorded before: 30d, or ISO 8601' })
      .option('yes', { type: 'boolean', default: false, describe: 'delete, cleanup: do not ask' }),
  )
    .example('claude-trace tape record last', 'the MCP servers of the latest session, as tapes')
    .example('claude-trace tape list --server serena --since 7d', 'tapes of the last week')
    .example('claude-trace tape export last --format mermaid', 'a diagram of the newest tape')
    .example('claude-trace tape validate session.tape.jsonl', 'check a file that somebody sent');
}

export type TapeArgs = OptionsOf<typeof options>;

/** The command line, as the verbs take it. */
export interface Given {
  args: TapeArgs;
  /** The words after the verb. */
  words: readonly string[];
  /** Folder of the library. */
  folder: string;
  filter: TapeFilter;
  page: { limit: number; offset: number };
}

/** @throws UsageError */
export function givenBy(args: TapeArgs): Given {
  checkArguments(args);
  return {
    args,
    words: args.tapes ?? [],
    folder: resolvePaths(process.env).tapes,
    filter: filterOf(args),
    page: {
      limit: wholeNumber('limit', args.limit ?? 20, 1, Number.MAX_SAFE_INTEGER),
      offset: wholeNumber('offset', args.offset ?? 0, 0, Number.MAX_SAFE_INTEGER),
    },
  };
}

/** @throws UsageError naming the option */
function filterOf(args: TapeArgs): TapeFilter {
  return {
    ...parsePeriod(args, Date.now()),
    server: notEmpty('server', args.server),
    tool: notEmpty('tool', args.tool),
    name: notEmpty('name', args.name),
    session: notEmpty('session', args.session),
    tags: args.tag,
    minDurationMs: parseDuration('min-duration', args.minDuration),
    maxDurationMs: parseDuration('max-duration', args.maxDuration),
    minBytes: parseSize('min-size', args.minSize),
    maxBytes: parseSize('max-size', args.maxSize),
  };
}

type Use = `tape ${TapeAction}`;

const FILTERED: readonly Use[] = ['tape list', 'tape search', 'tape stats', 'tape cleanup'];
const PAGED: readonly Use[] = ['tape list', 'tape show', 'tape search'];

/** All take --json. */
const USED_BY: UsedBy<Use> = {
  server: [...FILTERED, 'tape record'],
  tool: FILTERED,
  name: FILTERED,
  tag: FILTERED,
  session: FILTERED,
  since: FILTERED,
  until: FILTERED,
  'min-duration': FILTERED,
  'max-duration': FILTERED,
  'min-size': FILTERED,
  'max-size': FILTERED,
  limit: PAGED,
  offset: PAGED,
  frame: ['tape show'],
  format: ['tape export'],
  output: ['tape export'],
  force: ['tape export'],
  gzip: ['tape record', 'tape import'],
  fix: ['tape validate'],
  remove: ['tape tag'],
  'older-than': ['tape cleanup'],
  yes: ['tape delete', 'tape cleanup'],
};

/** They take the names of tapes. */
const NAMING: readonly TapeAction[] = ['show', 'export', 'validate', 'compress', 'tag', 'delete'];

/** Arguments of each action: at least, at most. */
const ARGUMENTS: Readonly<Record<TapeAction, readonly [least: number, most: number, usage: string]>> = {
  list: [0, 0, 'tape list'],
  show: [1, 1, 'tape show <tape>'],
  record: [1, 1, 'tape record <session|run>'],
  export: [1, 1, 'tape export <tape>'],
  import: [1, 1_000, 'tape import <file…>'],
  validate: [1, 1_000, 'tape validate <tape…>'],
  compress: [1, 1_000, 'tape compress <tape…>'],
  tag: [2, 100, 'tape tag <tape> <tag…>'],
  search: [1, 1, 'tape search <text>'],
  stats: [0, 0, 'tape stats'],
  delete: [1, 1_000, 'tape delete <tape…>'],
  cleanup: [0, 0, 'tape cleanup --older-than <age>'],
};

/** @throws UsageError for an option that the action would ignore, and for too many words or too few */
function checkArguments(args: TapeArgs): void {
  const { action } = args;
  const isNamed = NAMING.includes(action);
  refuseUseless(args, USED_BY, `tape ${action}`, (option) =>
    isNamed && USED_BY[option]?.includes('tape list') ? 'its tapes are given by name, so leave it out' : 'leave it out',
  );
  const paging = ['limit', 'offset'].find((option) => isGiven(args[option]));
  if (paging !== undefined && isGiven(args.frame)) {
    throw new UsageError(`--frame shows one message: leave --${paging} out.`);
  }
  const [least, most, usage] = ARGUMENTS[action];
  const { length } = args.tapes ?? [];
  if (length < least || length > most) throw new UsageError(`Usage: claude-trace ${usage}`);
  if (action === 'cleanup' && args.olderThan === undefined)
    throw new UsageError('Usage: claude-trace tape cleanup --older-than <age>');
}

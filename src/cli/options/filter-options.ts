import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { EXCHANGE_KINDS, EXCHANGE_ORIGINS, EXCHANGE_STATES } from '../../model/exchange.js';
import type { Reader, RequestFilter } from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { notEmpty, scopeOptions, sessionOption, toScope } from './shared-options.js';
import { parsePeriod } from './time-argument.js';

/** Options that choose a time, a session, a project or an agent. */
export function periodOptions<Described>(yargs: Argv<Described>) {
  return scopeOptions(
    sessionOption(
      yargs
        .option('since', { type: 'string', describe: 'from this time: ISO 8601, 2h, 7d, today, yesterday' })
        .option('until', { type: 'string', describe: 'until this time' }),
    ),
  );
}

type PeriodArgs = Pick<OptionsOf<typeof periodOptions<object>>, 'since' | 'until' | 'session' | 'project' | 'agent'>;

/** @throws UsageError naming the option */
export function toPeriod(
  { session, ...args }: PeriodArgs,
  now: number,
): Pick<RequestFilter, 'since' | 'until' | 'sessionId' | 'project' | 'agent'> {
  return { ...parsePeriod(args, now), sessionId: notEmpty('session', session), ...toScope(args) };
}

/** Options that choose requests. */
export function filterOptions<Described>(yargs: Argv<Described>) {
  return periodOptions(yargs)
    .option('source', {
      type: 'string',
      describe: 'requests that carried this source: mcp:serena, skill:*, memory:*CLAUDE.md',
    })
    .option('text', {
      type: 'string',
      describe: 'words in a prompt, a tool result or the answer; "in quotes" for an exact phrase',
    })
    .option('model', { type: 'string', describe: 'model; * matches any text: claude-opus-*' })
    .option('status', {
      type: 'string',
      describe: 'a code (200), a class (4xx), error, or how the request ended: aborted, cut_off, failed',
    })
    .option('kind', {
      choices: [...EXCHANGE_KINDS, 'all'] as const,
      default: 'messages' as const,
      describe: 'kind of request',
    })
    .option('origin', { choices: EXCHANGE_ORIGINS, describe: 'captured from the wire, or imported from a transcript' })
    .option('mcp-error', { type: 'boolean', describe: 'requests that carried the result of a failed MCP call' })
    .option('rule', {
      type: 'string',
      describe: 'requests that this rule was applied to, by its id; * matches any text',
    })
    .option('tag', { type: 'string', describe: 'requests that rules gave this tag; * matches any text' })
    .option('rated', { type: 'boolean', describe: 'only rated requests; --no-rated: only unrated ones' })
    .option('min-rating', { type: 'number', describe: 'minimum rating, -1 to 1' })
    .option('max-rating', { type: 'number', describe: 'maximum rating, -1 to 1' })
    .option('min-tokens', { type: 'number', describe: 'minimum number of input tokens' })
    .option('min-cost', { type: 'number', describe: 'minimum cost in dollars' });
}

type FilterArgs = OptionsOf<typeof filterOptions<object>>;

/** @throws UsageError naming the option */
export function toFilter(args: FilterArgs, now: number): RequestFilter {
  const { source, text, model, status, kind, origin, rated } = args;
  const minRating = bounded('min-rating', args.minRating, -1, 1);
  const maxRating = bounded('max-rating', args.maxRating, -1, 1);
  if (minRating !== undefined && maxRating !== undefined && minRating > maxRating) {
    throw new UsageError('--min-rating is above --max-rating, so nothing can match; swap them.');
  }
  return {
    ...toPeriod(args, now),
    kind,
    origin,
    source: notEmpty('source', source),
    text: notEmpty('text', text),
    model: notEmpty('model', model),
    status: status === undefined ? undefined : parseStatus(status),
    mcpError: args.mcpError === true ? true : undefined,
    rule: notEmpty('rule', args.rule),
    tag: notEmpty('tag', args.tag),
    rated,
    minRating,
    maxRating,
    minTokens: bounded('min-tokens', args.minTokens, 0, Number.MAX_SAFE_INTEGER),
    minCostUsd: bounded('min-cost', args.minCost, 0, Number.MAX_SAFE_INTEGER),
  };
}

/** Completes the id of a session that was given by its beginning, or as `last`. @throws NotFoundError, AmbiguousIdError */
export function withSession<Filter extends { sessionId?: string | undefined }>(filter: Filter, reader: Reader): Filter {
  return filter.sessionId === undefined ? filter : { ...filter, sessionId: reader.sessionId(filter.sessionId) };
}

function parseStatus(status: string): string {
  if (/^([1-5]\d\d|[1-5]xx|error)$/i.test(status) || EXCHANGE_STATES.some((state) => state === status)) return status;
  throw new UsageError(
    `--status: "${status}" is not a status; give a code (200), a class (4xx), error, or one of ${EXCHANGE_STATES.join(', ')}.`,
  );
}

function bounded(option: string, value: number | undefined, min: number, max: number): number | undefined {
  if (value === undefined || (value >= min && value <= max)) return value;
  throw new UsageError(`--${option}: give a number ${max === 1 ? `from ${min} to 1` : `of at least ${min}`}.`);
}

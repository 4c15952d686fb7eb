import { z } from '@hono/zod-openapi';
import { EXCHANGE_KINDS, EXCHANGE_ORIGINS, EXCHANGE_STATES } from '../../model/exchange.js';
import { SOURCE_KINDS } from './source.js';

/**
 * Parameters of the query string. All are text on the wire. Messages are clauses, `expected …`; the published schema says the
 * same in JSON Schema.
 */

const MAX_TEXT = 1_000;

/** @param read undefined for invalid text */
function parsed<Value>(expected: string, read: (text: string) => Value | undefined) {
  return z.string(`expected ${expected}, once`).transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}

function wholeNumber(least: number, most: number) {
  return parsed(`a whole number from ${least} to ${most}`, (text) => within(/^\d{1,16}$/, text, least, most));
}

function decimal(least: number, most: number) {
  return parsed(`a number from ${least} to ${most}`, (text) =>
    within(/^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/, text, least, most),
  );
}

function within(form: RegExp, text: string, least: number, most: number): number | undefined {
  const value = form.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

export function choice<const Choice extends string>(choices: readonly Choice[]) {
  const expected = `expected one of ${choices.join(', ')}`;
  // A parameter that is given twice is a list.
  return z.enum(choices, { error: ({ input }) => (Array.isArray(input) ? `${expected}; give it once` : expected) });
}

function text(what: string, example: string) {
  const expected = `expected 1 to ${MAX_TEXT} characters, once`;
  return z.string(expected).min(1, expected).max(MAX_TEXT, expected).openapi({ description: what, example });
}

/** Times without a zone are refused: they would be in the server's zone, which a client need not know. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/i;

/** `Date.parse` accepts February 30 as March 2. */
function isDay(date: string): boolean {
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

function time(what: string) {
  return parsed('an ISO 8601 time such as 2026-01-31T12:00:00Z', (text) => {
    const at = ISO_8601.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(at) ? undefined : at;
  }).openapi({
    type: 'string',
    format: 'date-time',
    description: `${what}: ISO 8601 with a zone, or a date, which means midnight UTC`,
    example: '2026-01-31T12:00:00.000Z',
  });
}

const MAX_ROWS = 100;
const DEEPEST = 1_000_000_000;

export const page = {
  limit: wholeNumber(1, MAX_ROWS)
    .default(20)
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_ROWS, default: 20, description: 'rows of one answer' }),
  offset: wholeNumber(0, DEEPEST)
    .default(0)
    .openapi({ type: 'integer', minimum: 0, maximum: DEEPEST, default: 0, description: 'rows to skip' }),
};

/** For lists that are mostly wanted whole. */
export const wholePage = {
  ...page,
  limit: wholeNumber(1, 1_000)
    .default(1_000)
    .openapi({ type: 'integer', minimum: 1, maximum: 1_000, default: 1_000, description: 'rows of one answer' }),
};

export const period = {
  start_time: time('at or after').optional(),
  end_time: time('before').optional(),
};

/** Pairs of parameters that are the two ends of a range. */
const RANGES = [
  ['start_time', 'end_time'],
  ['min_rating', 'max_rating'],
] as const;

/** Refuses a range that ends before it begins. */
export function inOrder<Query extends z.ZodObject>(query: Query): Query {
  return query.superRefine((values: Readonly<Record<string, unknown>>, context) => {
    for (const [from, to] of RANGES) {
      const [least, most] = [values[from], values[to]];
      if (typeof least === 'number' && typeof most === 'number' && least > most) {
        context.addIssue({ code: 'custom', path: [from], message: `expected at most ${to}` });
      }
    }
  });
}

const GLOB = 'with * for any text; upper and lower case differ';

/** Chooses the requests that figures are of. */
export const scope = {
  project: text(`folder that Claude Code ran in: its path, or the last part of it, ${GLOB}`, 'shop').optional(),
  agent: text(`name of the agent that sent the request, ${GLOB}, or its id in Claude Code`, 'Explore').optional(),
};

interface Asked {
  start_time?: number | undefined;
  end_time?: number | undefined;
  project?: string | undefined;
  agent?: string | undefined;
}

/** The period and the scope of a query, by their names in filters of the store. */
export function periodOf({ start_time: since, end_time: until, project, agent }: Asked) {
  return { since, until, project, agent };
}

export const sessionId = text(
  'session of Claude Code: its id or a prefix of it, its name, or last',
  'f0b1c2d3-0000-4000-8000-000000000001',
).optional();

export const filters = {
  ...period,
  ...scope,
  context_source: text(`a source that the request carried, ${GLOB}`, 'mcp:*').optional(),
  session_id: sessionId,
  turn_id: text(
    'turn, what a person asked: its id or a prefix of it, or last',
    'turn_01jzx4w8q2v5n7m9p3r6t1y0ab',
  ).optional(),
  model: text(`the model, ${GLOB}`, 'claude-opus-*').optional(),
  status: z
    .string('expected a code, once')
    .regex(
      new RegExp(`^([1-5]\\d\\d|[1-5]xx|error|${EXCHANGE_STATES.join('|')})$`),
      `expected a code (200), a class (4xx), error, or one of ${EXCHANGE_STATES.join(', ')}`,
    )
    .openapi({
      description: 'a code, a class such as 4xx, a state, or error (failed, cut_off or interrupted)',
      example: '4xx',
    })
    .optional(),
  kind: choice([...EXCHANGE_KINDS, 'all'])
    .default('messages')
    .openapi({ description: 'what the request was for', example: 'messages' }),
  origin: choice(EXCHANGE_ORIGINS)
    .openapi({ description: 'captured from the wire, or imported from a transcript', example: 'wire' })
    .optional(),
  q: text(
    'words of new prompts, tool results and answers; all must occur, "in quotes" as a phrase',
    'retry',
  ).optional(),
  rule: text(`id of a rule that was applied, ${GLOB}`, 'slow-serena').optional(),
  tag: text(`a tag that rules gave, ${GLOB}`, 'shortened').optional(),
  rated: choice(['true', 'false'])
    .transform((word) => word === 'true')
    .openapi({ type: 'string', enum: ['true', 'false'], description: 'rated, or not', example: 'true' })
    .optional(),
  min_tokens: wholeNumber(0, DEEPEST)
    .openapi({ type: 'integer', minimum: 0, maximum: DEEPEST, description: 'minimum input tokens', example: 1000 })
    .optional(),
};

export const ratings = {
  min_rating: decimal(-1, 1)
    .openapi({ type: 'number', minimum: -1, maximum: 1, description: 'minimum rating', example: -1 })
    .optional(),
  max_rating: decimal(-1, 1)
    .openapi({ type: 'number', minimum: -1, maximum: 1, description: 'maximum rating', example: 1 })
    .optional(),
};

export const order = choice(['asc', 'desc'])
  .default('desc')
  .openapi({ description: 'desc: the greatest or newest first' });

export const sourceName = text(`name of the source, which is its id behind the colon, ${GLOB}`, 'serena').optional();
export const sourceType = choice(SOURCE_KINDS).openapi({ description: 'kind of the source' }).optional();
export const userId = text('who rated', 'local-user').optional();
export const requestIdFilter = text('id of a request, or its beginning', 'req_01jzx4').optional();
export const source = text(`id of the source, ${GLOB}`, 'mcp:*').optional();
export const mcpServer = text(`name of the server, ${GLOB}`, 'tickets').optional();
export const mcpTool = text(`name of the tool or prompt, or URI of the resource, ${GLOB}`, 'search').optional();
export const after = text('only requests behind this one in the order', 'req_01jzx4').optional();

export const lastEventId = wholeNumber(0, Number.MAX_SAFE_INTEGER)
  .openapi({
    type: 'integer',
    minimum: 0,
    description: 'the last received event; 0: all that are kept',
    example: 0,
  })
  .optional();

/** A part of the path. */
export function idIn<Name extends string>(name: Name, what: string, example: string) {
  const id = z
    .string()
    .min(1, 'expected an id')
    .max(200, 'expected an id of at most 200 characters')
    .openapi({ param: { name, in: 'path' }, description: what, example });
  return z.object({ [name]: id } as { [Key in Name]: typeof id });
}

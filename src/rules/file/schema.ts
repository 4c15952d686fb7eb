// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { compileIpRanges } from '../../base/ip-ranges.js';
import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import { RULE_ACTIONS, RULE_TRANSPORTS, type RuleAction } from '../../model/rule.js';
import { checkHeaderName, checkHeaderValue, checkOwnHeader } from '../actions/header.js';
import { compileTemplates } from '../actions/template.js';
import { parseDuration } from '../conditions/duration.js';
import { compileJsonPath, metaPath } from '../conditions/json-path.js';
import { compileRegex } from '../conditions/regex.js';
import { checkZone, parseDays, parseHours, parseMoment } from '../conditions/time.js';
import { MESSAGE_KINDS } from '../message.js';
import { checked, object } from './schema-parts.js';

/*
 * The language of rules, in one place: what a file may hold, the types of what was parsed, and the published JSON schema.
 */

const MAX_RULES = 1_000;
const MAX_ENTRIES = 100;
const MAX_TEXT = 10_000;
const MAX_DELAY_MS = 600_000;
const MAX_PAUSE_MS = 3_600_000;
const MAX_HEADER = 4_000;

/** Exactly one of some fields. */
function oneOf<Value extends object>(schema: z.ZodType<Value>, names: readonly (keyof Value & string)[], what: string) {
  return checked(schema, (value) => {
    const given = names.filter((name) => value[name] !== undefined);
    if (given.length === 1) return;
    throw new Error(
      given.length === 0
        ? `expected ${what}: one of ${names.join(', ')}`
        : `expected one ${what}, not ${given.length} (${given.join(', ')})`,
    );
  });
}

function notEmpty<Value extends object>(schema: z.ZodType<Value>, what: string) {
  return checked(schema, (value) => {
    if (Object.keys(value).length === 0) throw new Error(`expected at least one ${what}`);
  });
}

const text = z.string().min(1).max(MAX_TEXT);
const oneLine = checked(z.string().min(1).max(200), (value) => {
  if (UNSAFE_CHARACTERS.test(value)) throw new Error('expected one line of plain text');
});
const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const json: z.ZodType<unknown> = z.json();

const jsonPath = checked(z.string(), (path) => void compileJsonPath(path));
const regex = checked(z.string(), (pattern) => void compileRegex(pattern));
const duration = checked(z.string(), (value) => void parseDuration(value));

// ── tests ──

const size = z.number().int().min(0);
const tests = notEmpty(
  object({
    equals: json.optional(),
    glob: text.optional().describe('* matches any text'),
    regex: regex.optional().describe('RE2 syntax; matches anywhere in the text'),
    prefix: text.optional(),
    suffix: text.optional(),
    contains: json.optional().describe('of a text: a part of it; of a list: an element'),
    one_of: z.array(json).min(1).max(1_000).optional(),
    exists: z.boolean().optional(),
    gt: z.number().optional(),
    lt: z.number().optional(),
    length: notEmpty(object({ min: size.optional(), max: size.optional() }), 'of min and max')
      .optional()
      .describe('characters of a text, elements of a list, fields of an object'),
  }),
  'test',
);
const test = z
  .union([literal, tests], 'expected a literal (text, number, true, false, null) or tests such as { glob: "a*" }')
  .meta({ id: 'test' });

export type Tests = z.infer<typeof tests>;
export type Test = z.infer<typeof test>;

/** One of the names, or some of them. */
function names<const Names extends readonly string[]>(known: Names) {
  const name = z.enum(known, `expected ${known.join(', ')}, or { one_of: […] }`);
  return z.union([name, object({ one_of: z.array(name).min(1) })], `expected ${known.join(', ')}, or { one_of: […] }`);
}

const pathTests = notEmpty(z.record(jsonPath, test), 'JSONPath with its test');
const metaTests = notEmpty(
  z.record(
    checked(z.string(), (path) => void compileJsonPath(metaPath(path))),
    test,
  ),
  'name or JSONPath with its test',
);

// ── conditions ──

const time = notEmpty(
  object({
    after: checked(z.string(), (value) => void parseMoment(value))
      .optional()
      .describe('ISO 8601; without an offset, in `zone`'),
    before: checked(z.string(), (value) => void parseMoment(value)).optional(),
    hours: checked(z.string(), (value) => void parseHours(value))
      .optional()
      .describe('such as 09:00-17:30, or over midnight: 22:00-06:00'),
    weekdays: checked(z.array(z.string()).min(1), (value) => void parseDays(value))
      .optional()
      .describe('mon to sun, also as a range: mon-fri'),
    zone: checked(z.string(), checkZone)
      .optional()
      .describe('IANA name, such as Europe/Oslo; default: of this machine'),
  }),
  'of after, before, hours and weekdays',
);

const session = notEmpty(
  object({
    id: test.optional(),
    tags: test.optional().describe('holds for one of its tags'),
    age: notEmpty(object({ gt: duration.optional(), lt: duration.optional() }), 'of gt and lt')
      .optional()
      .describe('durations such as 90s, 10m, 2h, 1d'),
  }),
  'of id, tags and age',
);

const headerName = checked(z.string(), checkHeaderName);
const ipRange = checked(z.string(), (range) => void compileIpRanges([range]));

const http = notEmpty(
  object({
    method: test.optional(),
    path: test.optional().describe('without the query'),
    header: notEmpty(z.record(headerName, test), 'header with its test').optional(),
    client_ip: z
      .union(
        [ipRange, z.array(ipRange).min(1).max(1_000)],
        'expected an IP address, a network such as 10.0.0.0/8, or a list',
      )
      .optional()
      .describe('an address, a network such as 10.0.0.0/8, or a list of them'),
  }),
  'of method, path, header and client_ip',
);

const auth = notEmpty(
  object({
    subject: test.optional().describe('{ exists: false }: the client did not authenticate'),
    scopes: test.optional().describe('holds for one of its scopes'),
    claims: metaTests.optional().describe('names, or JSONPaths from the claims of the token'),
  }),
  'of subject, scopes and claims',
);

/** Written out, since it is recursive. */
export interface When {
  method?: Test | undefined;
  tool?: Test | undefined;
  server?: Test | undefined;
  transport?: Names<typeof RULE_TRANSPORTS> | undefined;
  direction?: Names<typeof DIRECTIONS> | undefined;
  kind?: Names<typeof MESSAGE_KINDS> | undefined;
  session?: z.infer<typeof session> | undefined;
  params?: Record<string, Test> | undefined;
  result?: Record<string, Test> | undefined;
  error?: Record<string, Test> | undefined;
  meta?: Record<string, Test> | undefined;
  time?: z.infer<typeof time> | undefined;
  http?: z.infer<typeof http> | undefined;
  auth?: z.infer<typeof auth> | undefined;
  all?: When[] | undefined;
  any?: When[] | undefined;
  not?: When | undefined;
}

const DIRECTIONS = ['client_to_server', 'server_to_client'] as const;
export type Names<Known extends readonly string[]> = Known[number] | { one_of: Known[number][] };

const when: z.ZodType<When> = object({
  method: test.optional().describe('of a request or notification; of an answer, that of its request'),
  tool: test.optional().describe('name in tools/call'),
  server: test.optional().describe('its name in the configuration'),
  transport: names(RULE_TRANSPORTS).optional(),
  direction: names(DIRECTIONS).optional(),
  kind: names(MESSAGE_KINDS).optional(),
  session: session.optional(),
  params: pathTests.optional().describe("from the request's params; of an answer, those of its request"),
  result: pathTests.optional().describe("from the answer's result"),
  error: pathTests.optional().describe("from the answer's error"),
  meta: metaTests
    .optional()
    .describe('names, or JSONPaths from _meta in the params of a request or the result of an answer'),
  time: time.optional(),
  http: http.optional().describe('the HTTP request of the client; only at the gateway'),
  auth: auth.optional().describe('the client; only at the gateway'),
  get all(): z.ZodOptional<z.ZodArray<z.ZodType<When>>> {
    return z.array(when).min(1).max(MAX_ENTRIES).optional();
  },
  get any(): z.ZodOptional<z.ZodArray<z.ZodType<When>>> {
    return z.array(when).min(1).max(MAX_ENTRIES).optional();
  },
  get not(): z.ZodOptional<z.ZodType<When>> {
    return when.optional();
  },
}).meta({ id: 'when' });

// ── actions ──

const milliseconds = z.number().min(0).max(MAX_DELAY_MS);

const delay = oneOf(
  object({
    ms: milliseconds.optional(),
    random: object({ min: milliseconds, max: milliseconds }).optional().describe('evenly distributed'),
    exponential: object({ base: milliseconds, max: milliseconds })
      .optional()
      .describe('base for the first message, then twice as much for each, up to max'),
    jitter: z.number().min(0).max(1).optional().describe('0.2: up to 20 % more or less'),
  }),
  ['ms', 'random', 'exponential'],
  'way to delay',
);

const paths = z.union([jsonPath, z.array(jsonPath).min(1).max(MAX_ENTRIES)], 'expected a JSONPath, or a list of them');

const number = z.number();
const transform = z.union(
  [
    z.enum(['upper', 'lower', 'trim', 'reverse', 'round', 'floor', 'ceil', 'abs']),
    oneOf(
      object({
        prefix: z.string().max(MAX_TEXT).optional(),
        suffix: z.string().max(MAX_TEXT).optional(),
        replace: oneOf(
          object({ text: text.optional(), regex: regex.optional(), with: z.string().max(MAX_TEXT) }),
          ['text', 'regex'],
          'of text and regex',
        ).optional(),
        truncate: size.optional(),
        add: number.optional(),
        multiply: number.optional(),
        at_least: number.optional(),
        at_most: number.optional(),
      }),
      ['prefix', 'suffix', 'replace', 'truncate', 'add', 'multiply', 'at_least', 'at_most'],
      'function',
    ),
  ],
  'expected a function: upper, lower, trim, reverse, round, floor, ceil, abs, or one such as { prefix: "x" }',
);
export type Transform = z.infer<typeof transform>;

const modify = notEmpty(
  object({
    set: notEmpty(z.record(jsonPath, json), 'JSONPath with its value').optional(),
    remove: paths.optional(),
    rename: notEmpty(z.record(jsonPath, z.string()), 'JSONPath with a new name').optional(),
    transform: notEmpty(
      z.record(
        jsonPath,
        z.union([transform, z.array(transform).min(1).max(MAX_ENTRIES)], 'expected a function, or a list'),
      ),
      'JSONPath with a function',
    ).optional(),
  }),
  'of set, remove, rename and transform',
);
export type Modify = z.infer<typeof modify>;

const templates = <Value>(schema: z.ZodType<Value>) => checked(schema, (value) => void compileTemplates(value));

const mock = oneOf(
  object({
    result: templates(z.union([z.record(z.string(), json), z.string()], 'expected an object, or a template'))
      .optional()
      .describe('texts are Liquid templates; one that is a single {{ … }} keeps the type of its value'),
    error: object({
      code: z.number().int(),
      message: templates(text),
      data: templates(json).optional(),
    }).optional(),
  }),
  ['result', 'error'],
  'of result and error',
);
export type Mock = z.infer<typeof mock>;

const after = { after_ms: milliseconds.optional().describe('wait this long first') };
const fault = z.discriminatedUnion(
  'kind',
  [
    object({ kind: z.literal('timeout'), ...after }).describe(
      'no answer; with after_ms, an error of that kind after this time',
    ),
    object({ kind: z.literal('malformed'), ...after }).describe('an answer that is cut in the middle of its JSON'),
    object({
      kind: z.literal('rate_limit'),
      retry_after_ms: z.number().int().min(0).optional(),
      ...after,
    }).describe('an error that says so'),
    object({ kind: z.literal('close'), ...after }).describe('the connection ends'),
    object({
      kind: z.literal('slow'),
      bytes_per_second: z.number().int().min(1).max(100_000_000),
      ...after,
    }).describe('the message passes at this speed'),
  ],
  'expected kind: timeout, malformed, rate_limit, close or slow',
);
export type Fault = z.infer<typeof fault>;

const headerValue = checked(z.string().max(MAX_HEADER), checkHeaderValue);
/** A header of the protocol's own framing would break the message. */
const ownHeader = checked(headerName, checkOwnHeader);

const respond = object({
  status: z.number().int().min(200).max(599),
  headers: z.record(ownHeader, headerValue).optional(),
  body: templates(json).optional().describe('a text, or JSON; texts are Liquid templates'),
});
export type Respond = z.infer<typeof respond>;

const target = checked(z.string().max(MAX_HEADER), (to) => {
  const isWhole = URL.canParse(to) && /^https?:/.test(to);
  if (!isWhole && !/^\/(?!\/)/.test(to)) throw new Error('expected an http(s) URL, or a path that begins with /');
  checkHeaderValue(to);
});
const redirect = z.union(
  [target, object({ to: target, status: z.literal([301, 302, 303, 307, 308]).optional() })],
  'expected a URL, or { to, status }',
);
export type Redirect = z.infer<typeof redirect>;

const setHeader = notEmpty(z.record(ownHeader, templates(headerValue)), 'header with its value');
const removeHeader = z.union(
  [ownHeader, z.array(ownHeader).min(1).max(MAX_ENTRIES)],
  'expected the name of a header, or a list of names',
);

const action = oneOf(
  object({
    tag: oneLine.optional().describe('marks the message'),
    alert: oneLine.optional().describe('text that is shown to the user'),
    redact: paths.optional().describe('values that are replaced before the message is stored'),
    delay: delay.optional(),
    modify: modify.optional(),
    mock: mock.optional().describe('answers in place of the server'),
    block: object({ reason: oneLine }).optional().describe('answers with an error that has the reason'),
    pause: object({ limit_ms: z.number().int().min(1).max(MAX_PAUSE_MS).optional() })
      .optional()
      .describe('waits for a person, a minute at most by default'),
    fault: fault.optional(),
    respond: respond.optional().describe('answers the HTTP request; only at the gateway'),
    redirect: redirect.optional().describe('answers with another address, status 307 by default; only at the gateway'),
    set_header: setHeader
      .optional()
      .describe(
        'of the request to the server, or of the response to the client; values are Liquid templates; only at the gateway',
      ),
    remove_header: removeHeader.optional().describe('only at the gateway'),
  }),
  RULE_ACTIONS,
  'action',
);
export type Action = z.infer<typeof action>;

/** The one that an action is. */
export function actionName(given: Action): RuleAction {
  const name = RULE_ACTIONS.find((each) => given[each] !== undefined);
  if (name === undefined) throw new Error('a rule has an action without a name');
  return name;
}

// ── rules ──

const rule = object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected up to 64 letters, digits, dots, dashes and underscores'),
  name: oneLine.optional(),
  description: text.optional(),
  tags: z.array(oneLine).max(MAX_ENTRIES).optional().describe('of the rule, for people'),
  enabled: z.boolean().optional(),
  priority: z.number().int().optional().describe('higher first; rules of one priority in the order of the file'),
  when: when.optional(),
  // biome-ignore lint/suspicious/noThenProperty: the name in the file; the schema is not awaited
  then: z.array(action).min(1, 'expected at least one action').max(MAX_ENTRIES).describe('in order'),
  probability: z.number().min(0).max(1).optional(),
  seed: z.number().int().optional().describe('makes probability, jitter and random delays repeat'),
  limit: z.number().int().min(1).optional().describe('acts at most this often on a connection'),
});
export type Rule = z.infer<typeof rule>;

export const rulesFile = object({
  $schema: z.string().optional(),
  version: z.literal(1, 'expected version: 1'),
  rules: z.array(rule).max(MAX_RULES, `expected at most ${MAX_RULES} rules`),
});

/** JSON schema (draft 2020-12) of a rules file, for editors. */
export function rulesJsonSchema(): object {
  return z.toJSONSchema(rulesFile, { io: 'input', reused: 'inline' });
}

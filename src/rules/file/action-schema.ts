// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { RULE_ACTIONS, type RuleAction } from '../../model/rule.js';
import { checkHeaderValue, checkOwnHeader } from '../actions/header.js';
import { compileTemplates } from '../actions/template.js';
import { headerName, json, jsonPath, MAX_ENTRIES, MAX_TEXT, oneLine, regex, size, text } from './rule-fields.js';
import { checked, notEmpty, object, oneOf } from './schema-parts.js';

const MAX_DELAY_MS = 600_000;
const MAX_PAUSE_MS = 3_600_000;
const MAX_HEADER = 4_000;

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

export const action = oneOf(
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

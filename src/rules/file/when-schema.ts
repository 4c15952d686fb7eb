// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { compileIpRanges } from '../../base/ip-ranges.js';
import { RULE_TRANSPORTS } from '../../model/rule.js';
import { compileJsonPath, metaPath } from '../conditions/json-path.js';
import { checkZone, parseDays, parseHours, parseMoment } from '../conditions/time.js';
import { MESSAGE_KINDS } from '../message.js';
import { duration, headerName, jsonPath, MAX_ENTRIES } from './rule-fields.js';
import { checked, notEmpty, object } from './schema-parts.js';
import { type Test, test } from './test-schema.js';

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

export const when: z.ZodType<When> = object({
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

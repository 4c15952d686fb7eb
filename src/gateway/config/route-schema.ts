import * as z from 'zod';
import { checked, object } from '../../rules/file/schema-parts.js';
import { credentials, routeAuth } from './auth-schema.js';
import { bytes, duration, file, flag, headerName, headers, name, ratio, text, upstreamUrl, whole } from './fields.js';
import { rateLimits } from './limits-schema.js';
import { NEVER_FORWARDED } from './never-forwarded.js';

/** How an upstream is chosen. Messages of a session always go to the upstream that has it. */
export const BALANCES = ['round_robin', 'weighted', 'least_connections', 'random', 'sticky'] as const;

const pool = object({
  min_idle: whole(0, 1_000).default(0).describe('children that are started before a session needs them'),
  max: whole(1, 10_000)
    .default(50)
    .describe('maximum number of children at a time; beyond it, new sessions are refused (503)'),
  idle: duration('1s', '7d').default(300_000).describe('a child without traffic is ended after this time'),
  max_age: duration('1s', '30d').default(24 * 3_600_000),
  max_requests: whole(1, 1_000_000_000).default(1_000_000),
  start_timeout: duration('100ms', '10m').default(30_000),
});

const common = {
  name: name.optional().describe('in metrics and logs; default: u1, u2, …'),
  weight: whole(1, 1_000).default(1).describe('for every balance but round_robin'),
};

const forwarded = checked(headerName, (value) => {
  if (NEVER_FORWARDED.has(value.toLowerCase())) throw new Error(`${value} of a client never goes upstream`);
});

const httpUpstream = object({
  ...common,
  url: upstreamUrl.describe('of a server that speaks Streamable HTTP'),
  headers: headers.default({}).describe('added to every request'),
  credentials: credentials.optional(),
  forward_headers: z.array(forwarded).max(50).default([]).describe("headers of the client that pass besides MCP's own"),
  connections: whole(1, 10_000)
    .default(1_000)
    .describe('maximum number of requests at a time; others wait. Streams and answers do not count'),
  ca: file.optional().describe('PEM with the authorities of its certificate'),
});
export type HttpUpstreamConfig = z.output<typeof httpUpstream> & { name: string };

const stdioUpstream = object({
  ...common,
  command: z.array(text).min(1, 'expected a program, and its arguments').max(1_000),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a variable'), z.string()).default({}),
  cwd: file.optional(),
  pool: pool.prefault({}),
});
export type StdioUpstreamConfig = z.output<typeof stdioUpstream> & { name: string };

const upstream = z.union([httpUpstream, stdioUpstream], 'expected an upstream: a url, or a command');
export type UpstreamConfig = HttpUpstreamConfig | StdioUpstreamConfig;

const health = object({
  interval: duration('100ms', '1h').default(10_000),
  timeout: duration('10ms', '5m').default(2_000),
  path: z.string().regex(/^\//, 'expected a path').optional().describe('GET must answer 2xx; default: an MCP ping'),
  failures: whole(1, 100).default(3).describe('consecutive failures until an upstream gets no new sessions'),
  successes: whole(1, 100).default(1),
});

const breaker = object({
  window: duration('1s', '1h').default(30_000),
  min_requests: whole(1, 1_000_000).default(20).describe('in the window, before the rate counts'),
  failure_rate: ratio().default(0.5),
  open: duration('100ms', '1h').default(15_000).describe('until a request is tried again'),
  half_open_requests: whole(1, 1_000).default(3),
});

const retries = object({
  max: whole(0, 10)
    .default(2)
    .describe('for requests that are safe to repeat: lists, reads, pings, and those whose connection was refused'),
  backoff: duration('1ms', '1m').default(50).describe('doubled each time, with jitter'),
});

const limits = object({
  body: bytes(1_024, 1024 ** 3)
    .optional()
    .describe('of a request; default: limits.body'),
  response: bytes(1_024, 1024 ** 4)
    .default(1024 ** 3)
    .describe('of an answer, streams excepted'),
  sessions: whole(1, 10_000_000).default(10_000),
  sessions_per_subject: whole(1, 10_000_000).optional(),
  session_idle: duration('1s', '30d')
    .default(30 * 60_000)
    .describe('since the last request or stream ended'),
  session_age: duration('1s', '365d').default(24 * 3_600_000),
  first_byte: duration('10ms', '24h')
    .default(10 * 60_000)
    .describe('until upstream must begin to answer'),
  stream_idle: duration('1s', '24h')
    .default(30 * 60_000)
    .describe('a stream without a byte is ended after this time'),
});

const route = checked(
  object({
    upstreams: z.array(upstream).min(1, 'expected at least one upstream').max(1_000),
    balance: z.enum(BALANCES, `expected ${BALANCES.join(', ')}`).default('round_robin'),
    health: health.prefault({}),
    breaker: breaker.prefault({}),
    retries: retries.prefault({}),
    limits: limits.prefault({}),
    rate_limits: rateLimits.optional().describe('of this route; they count besides those of the gateway'),
    auth: routeAuth.optional().describe('default: every identity of `auth`; without `auth`, anyone'),
    rules: file.optional().describe('rules file: policy, faults, mocks; after those of the gateway'),
    record: flag().optional().describe('store the messages; default: `record` of the gateway'),
  }),
  ({ upstreams }) => {
    const names = upstreams.map((each, index) => each.name ?? `u${index + 1}`);
    const twice = names.find((each, index) => names.indexOf(each) !== index);
    if (twice !== undefined) throw new Error(`two upstreams have the name ${twice}`);
  },
);

export const routes = checked(z.record(name, route), (given) => {
  if (Object.keys(given).length === 0) throw new Error('expected at least one route');
}).transform((given) => Object.entries(given).map(([id, fields]) => named(id, fields)));

function named(id: string, { upstreams, ...fields }: z.output<typeof route>) {
  const all: UpstreamConfig[] = upstreams.map((each, index) => ({ ...each, name: each.name ?? `u${index + 1}` }));
  return { name: id, ...fields, upstreams: all };
}

/** A route with its name, which is in its path: `/mcp/<name>`. */
export type Route = z.output<typeof routes>[number];

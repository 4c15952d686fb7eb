import * as z from 'zod';
import { EXPECTED_COLLECTOR, isCollectorUrl } from '../../base/collector-url.js';
import { checked, object } from '../../rules/file/schema-parts.js';
import { auth } from './auth-schema.js';
import {
  bytes,
  duration,
  file,
  flag,
  headers,
  hostName,
  httpUrl,
  listenHost,
  network,
  origin,
  ratio,
  secret,
  text,
  whole,
} from './fields.js';
import { rateLimits } from './limits-schema.js';
import { routes } from './route-schema.js';

/*
 * The configuration of the gateway, in one place: the fields of its file, and their types.
 * Durations are milliseconds, sizes are bytes.
 */

const LOOPBACK = '127.0.0.1';

const listen = object({
  host: listenHost.default(LOOPBACK),
  port: whole(0, 65_535).default(8080).describe('0 picks a free port'),
});
export type Listen = z.output<typeof listen>;

const tls = object({
  cert: file.describe('PEM, with its intermediates; read again on SIGHUP'),
  key: file,
  client_ca: file.optional().describe('clients must show a certificate of these authorities'),
});
export type TlsConfig = z.output<typeof tls>;

/** A secret from which a key for sealing session ids is derived. */
const sealingKey = checked(secret, (value) => {
  if (Buffer.byteLength(value) < 32)
    throw new Error('expected at least 32 bytes, for example from: openssl rand -base64 32');
});

const limits = object({
  body: bytes(1_024, 1024 ** 3)
    .default(10 * 1024 ** 2)
    .describe('of a request'),
  headers: bytes(1_024, 1024 ** 2)
    .default(16 * 1024)
    .describe('total size for a request'),
  connections: whole(1, 1_000_000).default(10_000),
  sessions: whole(1, 10_000_000).default(100_000).describe('of all routes'),
  request_timeout: duration('100ms', '1h').default(30_000).describe('until a request must be read'),
  headers_timeout: duration('100ms', '1h').default(10_000).describe('until the headers of a request must be read'),
  keep_alive: duration('100ms', '1h')
    .default(75_000)
    .describe('a connection without a request is closed after this time'),
  stop: duration('0s', '1h').default(30_000).describe('how long stopping waits for requests in progress'),
});
export type GatewayLimits = z.output<typeof limits>;

const audit = object({
  file,
  max_size: bytes(4_096, 1024 ** 4)
    .default(100 * 1024 ** 2)
    .describe('a larger file is rotated'),
  max_age: duration('1m', '365d')
    .default(24 * 3_600_000)
    .describe('an older file is rotated'),
  keep: whole(1, 10_000).default(30).describe('number of rotated files'),
});
export type AuditConfig = z.output<typeof audit>;

const metrics = object({
  enabled: flag().default(true),
  listen: listen.optional().describe('an address of its own; default: /metrics of the gateway'),
  token: secret.optional().describe('that Prometheus sends as its bearer token'),
});
export type MetricsConfig = z.output<typeof metrics>;

const tracing = object({
  endpoint: text
    .refine(isCollectorUrl, EXPECTED_COLLECTOR)
    .describe('of OTLP over HTTP, such as http://localhost:4318'),
  headers: headers.default({}),
  sample: ratio().default(1).describe('share of traces that begin here; a sampled parent always counts'),
  logs: flag().default(false).describe('send the log as well'),
  service_name: text.default('claude-trace-gateway'),
});
export type TracingConfig = z.output<typeof tracing>;

const log = object({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  format: z.enum(['text', 'json']).default('text'),
});
export type LogConfig = z.output<typeof log>;

const redis = object({
  url: checked(secret, (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !['redis:', 'rediss:'].includes(url.protocol))
      throw new Error('expected redis:// or rediss://');
  }),
  prefix: text.default('claude-trace:'),
  timeout: duration('1ms', '10s').default(100).describe('of a command; after it, this process counts alone'),
});
export type RedisConfig = z.output<typeof redis>;

export const gatewayConfig = object({
  $schema: z.string().optional(),
  version: z.literal(1, 'expected version: 1'),
  listen: listen.prefault({}),
  public_url: httpUrl.optional().describe('as clients write it, such as https://mcp.example.com; default: of listen'),
  hosts: z.array(hostName).default([]).describe('names in Host besides those of public_url and listen'),
  origins: z
    .array(origin)
    .default([])
    .describe('web pages that may call, such as https://app.example.com; default: only pages of the gateway'),
  trusted_proxies: z.array(network).default([]).describe('whose X-Forwarded-For names the client'),
  tls: tls.optional(),
  keys: z
    .array(sealingKey)
    .max(10)
    .default([])
    .describe('seal session ids; the first seals, the others still open. Default: a random key of this process'),
  limits: limits.prefault({}),
  auth: auth.optional().describe('default: no authentication, allowed only on loopback'),
  rate_limits: rateLimits.prefault({}),
  rules: file.optional().describe('rules file for all routes'),
  record: flag().default(false).describe('store messages in the database of claude-trace'),
  audit: audit.optional(),
  metrics: metrics.prefault({}),
  tracing: tracing.optional(),
  log: log.prefault({}),
  redis: redis.optional().describe('or Valkey: limits, revoked tokens and login states that several gateways share'),
  routes,
});

export type GatewayConfig = z.output<typeof gatewayConfig>;

// What commands beside the gateway read; they pass over the other fields.
export const auditPart = gatewayConfig.pick({ audit: true }).strip();
export const metricsPart = gatewayConfig.pick({ metrics: true }).strip();
export const addressPart = gatewayConfig.pick({ listen: true, tls: true, metrics: true }).strip();

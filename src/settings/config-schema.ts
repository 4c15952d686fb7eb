import { z } from 'zod';
import { EXPECTED_COLLECTOR, isCollectorUrl } from '../base/collector-url.js';
import { UsageError } from '../base/errors.js';
import { expected } from '../base/expected.js';
import { type Config, DEFAULT_CONFIG } from './config.js';
import { PREFIX_KEY } from './prefix-key.js';

const price = z.number().nonnegative();
const LIST = 'expected a list, such as ["a", "b"]';
const serverNames = z.array(z.string().min(1, 'expected the name of a server, such as github, or a pattern'), LIST);
const budget = z.number('expected an amount of US dollars, or null').positive('expected more than 0').nullable();

/**
 * Every key of config.json with its meaning and bounds. Keys are flat, as `claude-trace config set` takes them: a dot is part
 * of the name (`"ui.layout": "none"`).
 */
const schema = z.strictObject({
  enabled: z.boolean().describe('false: wrap runs the command untouched'),
  capture_enabled: z.boolean().describe('false: nothing is captured, wrap runs the command untouched'),
  retention_days: z.number().int().min(1).max(36_500).describe('days that captured requests are kept'),
  max_db_mb: z.number().int().min(1).describe('size cap of the database in MB'),
  intercept_hosts: z
    .array(z.string().regex(/^(\*\.)?[a-z0-9.-]+$/i, 'expected a host name, or *. and a domain'), LIST)
    .min(1, 'expected at least one host')
    .describe('hosts whose traffic is read; all other traffic is forwarded without being read'),
  'api.enabled': z.boolean().describe('false: wrap starts no HTTP API'),
  'api.port': z.number().int().min(0).max(65_535).describe('port of the HTTP API; 0: a free one'),
  'mcp.enabled': z.boolean().describe('false: wrap records no MCP servers'),
  'mcp.stdio': z.boolean().describe('true: wrap also records stdio MCP servers, not only those with a URL'),
  'mcp.include': serverNames.describe('MCP servers that are recorded, by name; * matches any text'),
  'mcp.exclude': serverNames.describe('MCP servers that are not recorded, also where mcp.include has them'),
  'ui.layout': z.enum(['auto', 'split', 'tmux', 'none']).describe('where the live panel is shown'),
  'ui.mouse': z.boolean().describe('false: the panel leaves the mouse to the terminal and to the command'),
  'ui.prefix': z
    .string()
    .regex(PREFIX_KEY, 'expected ctrl- and a letter other than h, i, j and m, or one of ] \\ ^ _')
    .describe('key that moves the keyboard from the command to the panel next to it'),
  'budget.session': budget.describe('US dollars for one session; a notice says when 80 % and all of it are spent'),
  'budget.day': budget.describe('US dollars for a day, from local midnight on'),
  'budget.month': budget.describe('US dollars for a month, from the first on'),
  // Credentials are given in OTEL_EXPORTER_OTLP_HEADERS: the configuration holds no secret.
  'otlp.endpoint': z
    .string()
    .refine(isCollectorUrl, EXPECTED_COLLECTOR)
    .nullable()
    .describe('OpenTelemetry collector that gets spans and metrics of what is captured; null: nothing is sent'),
  'otlp.content': z.boolean().describe('true: spans also have prompts, answers and tool results'),
  'otlp.attributes': z
    .record(z.string().min(1), z.string())
    .describe('resource attributes of everything that is sent, such as {"team": "core"}'),
  prices: z
    .record(
      z.string(),
      z.strictObject({
        input: price,
        output: price,
        cache_read: price.optional(),
        cache_write_5m: price.optional(),
        cache_write_1h: price.optional(),
      }),
    )
    .describe('US dollars per million tokens by model, in place of the built-in prices'),
  rules: z.array(z.unknown()).describe('rules that tag, alert and redact messages of MCP servers and API requests'),
}) satisfies z.ZodType<Config>;

export type ConfigKey = keyof Config;

export const CONFIG_KEYS = Object.keys(schema.shape) as ConfigKey[];

export function describeKey(key: ConfigKey): string {
  return schema.shape[key].description ?? '';
}

/** Adds the defaults. @throws UsageError with a line for each key that is wrong */
export function parseConfig(raw: Record<string, unknown>, file: string): Config {
  const parsed = schema.safeParse({ ...DEFAULT_CONFIG, ...raw }, { error: expected });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code !== 'unrecognized_keys' || issue.path.length > 0)
      return `Invalid value for "${issue.path.join(' > ')}" in ${file}: ${issue.message}.`;
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `Unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${keys} in ${file}; known keys: ${CONFIG_KEYS.join(', ')}.`;
  });
  throw new UsageError(problems.join('\n'));
}

/** @returns the defaults with this value @throws UsageError that says what was expected */
export function checkValue(key: ConfigKey, value: unknown): Config {
  const parsed = schema.safeParse({ ...DEFAULT_CONFIG, [key]: value }, { error: expected });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`Invalid value ${JSON.stringify(value)} for "${issue?.path.join(' > ')}": ${issue?.message}.`);
}

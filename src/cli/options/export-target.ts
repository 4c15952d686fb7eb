import { UsageError } from '../../base/errors.js';
import type { FormatName } from '../../export/formats.js';
import { notEmpty } from './shared-options.js';

/** Where an export goes, and how. */
export type Target =
  | { to: 'collector'; url: string; withContent: boolean }
  | { to: 'file'; path: string; replace: boolean; format: FormatName; withBodies: boolean }
  | { to: 'stdout'; format: FormatName; withBodies: boolean };

interface Options {
  format: FormatName | undefined;
  output: string | undefined;
  force: boolean;
  bodies: boolean;
  otlp: string | undefined;
  content: boolean;
}

/** @throws UsageError for options that do not go together */
export function toTarget({ format, output, force, bodies, otlp, content }: Options): Target {
  notEmpty('output', output);
  if (bodies && format !== 'jsonl') throw new UsageError('--bodies needs --format jsonl; har always has them.');
  if (content && otlp === undefined) throw new UsageError('--content needs --otlp.');
  if (force && output === undefined) throw new UsageError('--force needs --output.');
  if (otlp !== undefined && format === undefined) {
    if (output !== undefined) throw new UsageError('--output needs --format.');
    return { to: 'collector', url: collectorUrl(otlp), withContent: content };
  }
  if (format === undefined || otlp !== undefined) {
    throw new UsageError('Give either --format har, jsonl, csv, md or html, or --otlp with the URL of a collector.');
  }
  const how = { format, withBodies: bodies };
  return output === undefined ? { to: 'stdout', ...how } : { to: 'file', path: output, replace: force, ...how };
}

/**
 * The URL at which a collector takes traces, from its base URL (as in OTEL_EXPORTER_OTLP_ENDPOINT) or the whole URL.
 * @throws UsageError
 */
function collectorUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--otlp: give the URL of a collector, such as http://localhost:4318.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--otlp: give credentials in the variable OTEL_EXPORTER_OTLP_HEADERS, not in the URL.');
  }
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

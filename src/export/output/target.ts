import { UsageError } from '../../base/errors.js';
import { collectorUrl } from '../spans/deliver-spans.js';
import type { FormatName } from './formats.js';

/** Where an export goes, and how. */
export type Target =
  | { to: 'collector'; url: string; withContent: boolean }
  | { to: 'file'; path: string; replace: boolean; format: FormatName; withBodies: boolean }
  | { to: 'stdout'; format: FormatName; withBodies: boolean };

interface Given {
  format: FormatName | undefined;
  output: string | undefined;
  force: boolean;
  bodies: boolean;
  otlp: string | undefined;
  content: boolean;
}

/** @throws UsageError for options that do not go together */
export function toTarget({ format, output, force, bodies, otlp, content }: Given): Target {
  if ((format === undefined) === (otlp === undefined)) {
    throw new UsageError('Give either --format har, jsonl or csv, or --otlp with the URL of a collector.');
  }
  if (bodies && format !== 'jsonl') throw new UsageError('--bodies goes with --format jsonl; har always has them.');
  if (content && otlp === undefined) throw new UsageError('--content goes with --otlp.');
  if (force && output === undefined) throw new UsageError('--force goes with --output.');
  if (otlp !== undefined) {
    if (output !== undefined) throw new UsageError('--output goes with --format.');
    return { to: 'collector', url: collectorUrl(otlp), withContent: content };
  }
  if (format === undefined) throw new Error('unreachable: one of the two is given');
  const how = { format, withBodies: bodies };
  return output === undefined ? { to: 'stdout', ...how } : { to: 'file', path: output, replace: force, ...how };
}

import { printableLine } from '../../text/text.js';
import { formatBytes } from '../../text/units.js';
import type { Outcome } from '../export-job.js';
import type { Reached } from '../walk.js';

/** Headers, figures and sources of an entry, beyond its bodies. */
const ENTRY_BYTES = 8 * 1_024;
/** JSON inside JSON: each of its quotes is escaped. */
const ESCAPED = 1.1;

/** The size of a file with bodies, in bytes: each request carries its whole conversation. @param bodies bytes on the wire */
export function estimateSize(requests: number, bodies: number): number {
  return Math.round(bodies * ESCAPED) + requests * ENTRY_BYTES;
}

/** `, 12.3 MB of about 1.8 GB`. */
export function describeWritten(bytes: number, estimate: number): string {
  return estimate === 0 ? '' : `, ${formatBytes(bytes)} of about ${formatBytes(Math.max(bytes, estimate))}`;
}

/** What was exported, what is missing in it, and the options that continue from there. */
export function describeOutcome({ requests, incomplete, reached, stopped }: Outcome): string {
  const parts = [
    `${stopped ? 'interrupted: ' : ''}${requests} ${requests === 1 ? 'request' : 'requests'} exported`,
    reached.time === null ? null : `up to ${reached.time.toISOString()}`,
    incomplete === 0 ? null : `${incomplete} with something cut off or damaged`,
    reached.leftOut.length === 0 ? null : `${reached.leftOut.length} left out, still open`,
  ];
  const options = resumeOptions(reached);
  return `${parts.filter((part) => part !== null).join(', ')}.${options === '' ? '' : ` To continue from there: ${options}`}`;
}

/** With the same filter they export the requests that follow, none twice; empty before the first request. */
function resumeOptions({ after, leftOut }: Reached): string {
  return [
    ...(after === null ? [] : [`--after ${printableLine(after)}`]),
    ...(leftOut.length === 0 ? [] : [`--left-out ${printableLine(leftOut.join(','))}`]),
  ].join(' ');
}

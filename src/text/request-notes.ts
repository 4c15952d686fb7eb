import { isOutdated } from '../history/segments.js';
import type { RequestDetail } from '../model/request.js';

/** A warning when the segments of a request do not match its stored sums, or it has none; else null. */
export function attributionNote(request: RequestDetail): string | null {
  if (request.attributed === false) {
    return `${request.id} was stored without attribution, which failed or took too long: \`claude-trace reattribute\` tries again.`;
  }
  return isOutdated(request)
    ? `${request.id} was attributed by an older version: run \`claude-trace reattribute\` to bring it up to date.`
    : null;
}

/** A warning when parts of a request cannot be read; else null. */
export function damagedNote({ id, damaged }: RequestDetail): string | null {
  if (damaged.length === 0) return null;
  const estimated = damaged.includes('thread') || damaged.includes('solution');
  return `the stored ${damaged.join(' and ')} of ${id} cannot be read${estimated ? ': its segments are estimates' : ''}.`;
}

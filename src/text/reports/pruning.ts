import type { PruningPlan, RetentionLimits } from '../../store/index.js';
import { counted, formatBytes } from '../units.js';

/** The result of `prune`. */
export interface Pruned {
  requests: number;
  mcpMessages: number;
  bytesBefore: number;
  bytesAfter: number;
  /** Size of the database file, without its free pages. */
  usedBytes: number;
  interrupted: boolean;
}

export function describeTooLarge(usedBytes: number, maxBytes: number): string {
  return (
    `The database uses ${formatBytes(usedBytes)}, more than ${formatBytes(maxBytes)}, but nothing more can be removed: ` +
    'statistics, requests from the last 24 hours and requests in flight are kept. Raise max_db_mb to allow more.'
  );
}

/** The answer of `prune --dry-run`. */
export function describePlan(plan: PruningPlan, { olderThan, maxBytes }: RetentionLimits): string {
  const isNothing = plan.requests + plan.mcpMessages === 0;
  if (isNothing && plan.usedBytes > maxBytes) return describeTooLarge(plan.usedBytes, maxBytes);
  if (isNothing) {
    return (
      `Nothing to remove: apart from the newest request and those in flight, no request is older than ${isoOf(olderThan)}, ` +
      `and ${formatBytes(plan.usedBytes)} are used.`
    );
  }
  const period = `from ${plan.oldest?.toISOString()} to ${plan.newest?.toISOString()}`;
  const bytes = `some ${formatBytes(plan.freedBytes)} (an estimate) of ${formatBytes(plan.usedBytes)}`;
  const sentence = plan.estimated
    ? `Would remove about ${removals(plan)}, ${period}: ${counted(plan.tooOld, 'request')} because of ` +
      `their age, and the others (an estimate) to bring the database well below ${formatBytes(maxBytes)}.`
    : `Would remove ${removals(plan)}, ${period}.`;
  return `${sentence}\nThat frees ${bytes}. Nothing was changed.`;
}

export function describePruned({ bytesBefore, bytesAfter, interrupted, ...removed }: Pruned): string {
  const sizes = `${formatBytes(bytesBefore)} on disk before, ${formatBytes(bytesAfter)} after`;
  return `${removals(removed)} removed, ${sizes}.${interrupted ? ' Interrupted: prune again for the rest.' : ''}`;
}

function removals({ requests, mcpMessages }: Pick<Pruned, 'requests' | 'mcpMessages'>): string {
  const ofRequests = counted(requests, 'request');
  return mcpMessages === 0 ? ofRequests : `${ofRequests} and ${counted(mcpMessages, 'MCP message')}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

import type { CacheMiss } from '../model/thread.js';
import { printableLine } from './text.js';
import { formatDollars, formatTokens } from './units.js';

/** `cache expired 23 min after the last use: 26.0k tokens again, $0.15`. */
export function summarizeCacheMiss({ cause, source, detail, lostTokens, lostUsd }: CacheMiss): string {
  const why = {
    changed: `cache broken by ${source ?? 'a change'}`,
    parameters: `cache missed by other parameters${detail ? ` (${detail})` : ''}`,
    expired: `cache expired${detail ? ` ${detail}` : ''}`,
    unknown: 'cache missed for an unknown reason',
  }[cause];
  const price = lostUsd === null ? '' : `, ${formatDollars(lostUsd)}`;
  return `${printableLine(why)}: ${formatTokens(lostTokens)} tokens again${price}`;
}

/** `mcp:serena changed at /tools/3: 12.3k tokens billed again, $0.0420 more than reading them`. */
export function describeCacheMiss({ cause, source, path, detail, lostTokens, lostUsd }: CacheMiss): string {
  const why = {
    changed: `${source ?? 'something'} changed${path ? ` at ${path}` : ''}`,
    parameters: `other parameters${detail ? ` (${detail})` : ''}`,
    expired: `the entry had expired${detail ? ` (${detail})` : ''}`,
    unknown: 'nothing changed that would explain it',
  }[cause];
  const price = lostUsd === null ? '' : `, ${formatDollars(lostUsd)} more than reading them`;
  return `${printableLine(why)}: ${formatTokens(lostTokens)} tokens billed again${price}`;
}

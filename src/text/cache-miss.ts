import type { CacheMissRow } from '../store/index.js';
import { printableLine } from './text.js';
import { formatDollars, formatTokens } from './units.js';

/** `mcp:serena changed at /tools/3: 12.3k tokens billed again, $0.0420 more than reading them`. */
export function describeCacheMiss({ cause, source, path, detail, lost_tokens, lost_usd }: CacheMissRow): string {
  const why = {
    changed: `${source ?? 'something'} changed${path ? ` at ${path}` : ''}`,
    parameters: `other parameters${detail ? ` (${detail})` : ''}`,
    expired: `the entry had expired${detail ? ` (${detail})` : ''}`,
    unknown: 'nothing changed that would explain it',
  }[cause];
  const price = lost_usd === null ? '' : `, ${formatDollars(lost_usd)} more than reading them`;
  return `${printableLine(why)}: ${formatTokens(lost_tokens)} tokens billed again${price}`;
}

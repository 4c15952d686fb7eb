import type { Finding, Saving } from '../advice/index.js';
import { formatDollars, formatPercent, formatTokens } from './units.js';

/** `1.2M tokens (12 % of the input), $3.40`. */
export function formatSaving({ tokens, cost_usd, share }: Saving): string {
  const parts = [
    ...(tokens > 0
      ? [`${formatTokens(tokens)} tokens (${share < 0.01 ? 'under 1 %' : formatPercent(share)} of the input)`]
      : []),
    ...(cost_usd === null ? [] : [formatDollars(cost_usd)]),
  ];
  return parts.join(', ') || 'nothing';
}

/** What a finding would have saved, and how sure that is; null where nobody can tell. */
export function describeSaved({ saved, saving, certainty }: Finding): string | null {
  return saved && `Saves ${saving === 'at_most' ? 'at most ' : ''}${formatSaving(saved)}; certainty ${certainty}.`;
}

import type { Advice, Finding, Saving, Setting } from '../../advice/index.js';
import { formatDollars, formatPercent, formatTokens } from '../units.js';

/** What the panel and `suggest` say in the same words. */

/** `1.2M tokens (12 % of the input, 300 a request), $3.40`. */
function formatSaving({ tokens, tokens_per_request, cost_usd, share }: Saving): string {
  const part = share < 0.01 ? 'under 1 %' : formatPercent(share);
  const each = tokens_per_request < 1 ? 'under 1' : formatTokens(Math.round(tokens_per_request));
  const parts = [
    ...(tokens > 0 ? [`${formatTokens(tokens)} tokens (${part} of the input, ${each} a request)`] : []),
    ...(cost_usd === null ? [] : [formatDollars(cost_usd)]),
  ];
  return parts.join(', ') || 'nothing';
}

/** Why, in numbers, and what it would have saved, where that can be said. */
export function describeEvidence({ evidence, saved, saving, certainty }: Finding): string {
  if (saved === null) return evidence;
  const most = saving === 'at_most' ? 'at most ' : 'about ';
  return `${evidence} Saves ${most}${formatSaving(saved)}, ${saved.known}; certainty ${certainty}.`;
}

/** What would no longer work, and why there is no setting. */
export function describeConsequences({ stops, untried }: Finding): string[] {
  return [...(stops === null ? [] : [`Stops working: ${stops}`]), ...(untried === null ? [] : [untried])];
}

/** Where a setting goes, what else it does, and what it was tried with. */
export function describeSetting({ where, when, note, verified }: Setting): string {
  const parts = [`in ${where}`, ...(when === null ? [] : [when]), ...(note === null ? [] : [note])];
  return `${parts.join('; ')}; tried with ${verified.join(', ')}.`;
}

/** In place of findings, where there is none; else null. */
export function describeNoFindings({ too_short, findings }: Advice): string | null {
  if (too_short !== null) return too_short.missing;
  return findings.length === 0 ? 'Nothing to suggest: what requests carried was used, or costs next to nothing.' : null;
}

/** What it comes to. */
export function describeTotal({ saved, saved_at_most: more }: Advice): string {
  const judgement =
    more.tokens > 0 || (more.cost_usd ?? 0) > 0
      ? `, and what is a matter of judgement ${formatSaving(more)} more at most`
      : '';
  return saved.tokens > 0
    ? `Leaving out what was never used would have saved about ${formatSaving(saved)}${judgement}, ${saved.known}.`
    : `Nothing was there for nothing${judgement}.`;
}

export const CHANGES_NOTHING =
  'claude-trace changes no setting itself. Where a file already has such a key, add to its list.';

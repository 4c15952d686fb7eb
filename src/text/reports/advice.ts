import type { Advice, Finding, Saving, Setting } from '../../advice/index.js';
import { style } from '../style.js';
import { printableLine } from '../text.js';
import { formatDollars, formatPercent, formatTokens } from '../units.js';
import { wrapText } from '../wrap.js';

/** Findings that `suggest` prints; `--json` has all. */
const SHOWN_FINDINGS = 12;

/** What `suggest` prints: what to change, why and how, the largest saving first; at the end the total. */
export function describeAdvice(advice: Advice, width: number): string[] {
  const nothing = describeNoFindings(advice);
  if (nothing !== null) return wrapText(nothing, width);
  const { findings } = advice;
  const shown = findings.slice(0, SHOWN_FINDINGS);
  return [
    style('What to change in Claude Code:', 'heading'),
    ...shown.flatMap((finding, index) => ['', ...describeFinding(finding, index + 1, width)]),
    ...(shown.length < findings.length ? ['', `… and ${findings.length - shown.length} more; --json has all.`] : []),
    '',
    ...wrapText(describeTotal(advice), width).map((line) => style(line, 'good')),
    ...wrapText(`${CHANGES_NOTHING} After a change, claude-trace suggest --check says what it saved.`, width),
  ];
}

function describeFinding(finding: Finding, number: number, width: number): string[] {
  const first = `${String(number).padStart(2)}. `;
  const indent = ' '.repeat(first.length);
  return [
    ...wrapText(finding.advice, width, first).map((line) => style(line, 'heading')),
    ...[describeEvidence(finding), ...describeConsequences(finding)].flatMap((text) => wrapText(text, width, indent)),
    ...finding.settings.flatMap((setting) => [
      // On one line, so that it can be copied.
      style(`${indent}→ ${printableLine(setting.text)}`, 'accent'),
      ...wrapText(describeSetting(setting), width, `${indent}  `).map((line) => style(line, 'dim')),
    ]),
  ];
}

/** Why, in numbers, and what the change would have saved, if that is known. */
export function describeEvidence({ evidence, saved, saving, certainty }: Finding): string {
  if (saved === null) return evidence;
  const most = saving === 'at_most' ? 'at most ' : 'about ';
  return `${evidence} Saves ${most}${formatSaving(saved)}, ${saved.known}; certainty ${certainty}.`;
}

/** What would no longer work, and why there is no setting. */
export function describeConsequences({ stops, untried }: Finding): string[] {
  return [...(stops === null ? [] : [`Stops working: ${stops}`]), ...(untried === null ? [] : [untried])];
}

/** Where a setting belongs, what else it does, and the versions it was tried with. */
export function describeSetting({ where, when, note, verified }: Setting): string {
  const parts = [`in ${where}`, ...(when === null ? [] : [when]), ...(note === null ? [] : [note])];
  return `${parts.join('; ')}; tried with ${verified.join(', ')}.`;
}

/** Why there are no findings; null where there are some. */
export function describeNoFindings({ tooShort, findings }: Advice): string | null {
  if (tooShort !== null) return tooShort.missing;
  return findings.length === 0 ? 'Nothing to suggest: what requests carried was used, or costs next to nothing.' : null;
}

export function describeTotal({ saved, savedAtMost: more }: Advice): string {
  const judgement =
    more.tokens > 0 || (more.costUsd ?? 0) > 0
      ? `, and what is a matter of judgement ${formatSaving(more)} more at most`
      : '';
  return saved.tokens > 0
    ? `Leaving out what was never used would have saved about ${formatSaving(saved)}${judgement}, ${saved.known}.`
    : `Everything was used${judgement}.`;
}

export const CHANGES_NOTHING =
  'claude-trace changes no setting itself. Where a file already has such a key, add to its list.';

/** `1.2M tokens (12 % of the input, 300 a request), $3.40`. */
function formatSaving({ tokens, tokensPerRequest, costUsd, share }: Saving): string {
  const part = share < 0.01 ? 'under 1 %' : formatPercent(share);
  const each = tokensPerRequest < 1 ? 'under 1' : formatTokens(Math.round(tokensPerRequest));
  const parts = [
    ...(tokens > 0 ? [`${formatTokens(tokens)} tokens (${part} of the input, ${each} a request)`] : []),
    ...(costUsd === null ? [] : [formatDollars(costUsd)]),
  ];
  return parts.join(', ') || 'nothing';
}

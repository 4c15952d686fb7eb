import type { Advice, Finding, Saving, Setting } from '../../advice/index.js';
import { describeSaved, formatSaving } from '../../format/saving.js';
import { style } from '../../format/style.js';
import { printableLine } from '../../format/text.js';
import { wrapText } from './wrap-text.js';

/** Findings that a person reads; `--json` has all. */
const SHOWN_FINDINGS = 12;

/** What to change, why, and how, the most saving first; last what it comes to. */
export function describeAdvice({ findings, saved, saved_at_most }: Advice, width: number): string[] {
  if (findings.length === 0) return ['Nothing to suggest: what requests carried was used, or costs next to nothing.'];
  const shown = findings.slice(0, SHOWN_FINDINGS);
  return [
    style('What to change in Claude Code:', 'heading'),
    ...shown.flatMap((finding, index) => ['', ...describeFinding(finding, index + 1, width)]),
    ...(shown.length < findings.length ? ['', `… and ${findings.length - shown.length} more; --json has all.`] : []),
    '',
    ...wrapText(describeTotal(saved, saved_at_most), width, '').map((line) => style(line, 'good')),
    ...wrapText('claude-trace changes no setting itself.', width, ''),
  ];
}

function describeTotal(saved: Saving, atMost: Saving): string {
  const more =
    atMost.tokens > 0 || (atMost.cost_usd ?? 0) > 0
      ? `, and what is a matter of judgement ${formatSaving(atMost)} more at most`
      : '';
  return saved.tokens > 0
    ? `Leaving out what was never used would have saved ${formatSaving(saved)}${more}.`
    : `Nothing was there for nothing${more}.`;
}

function describeFinding(finding: Finding, number: number, width: number): string[] {
  const { advice, evidence, settings } = finding;
  const first = `${String(number).padStart(2)}. `;
  const indent = ' '.repeat(first.length);
  const saves = describeSaved(finding);
  return [
    ...wrapText(advice, width, first).map((line) => style(line, 'heading')),
    ...wrapText(saves === null ? evidence : `${evidence} ${saves}`, width, indent),
    ...settings.flatMap((setting) => describeSetting(setting, width, indent)),
  ];
}

function describeSetting({ text, where, when, note, verified }: Setting, width: number, indent: string): string[] {
  const about = [
    `in ${where}`,
    ...(when === null ? [] : [when]),
    ...(note === null ? [] : [note]),
    verified.length === 0 ? 'not tried' : `tried with ${verified.join(', ')}`,
  ];
  return [
    // Not broken: it is there to be copied.
    style(`${indent}→ ${printableLine(text)}`, 'accent'),
    ...wrapText(`${about.join('; ')}.`, width, `${indent}  `).map((line) => style(line, 'dim')),
  ];
}

import type { Advice, Finding } from '../../advice/index.js';
import { style } from '../style.js';
import { printableLine } from '../text.js';
import { wrapText } from '../wrap-text.js';
import {
  CHANGES_NOTHING,
  describeConsequences,
  describeEvidence,
  describeNoFindings,
  describeSetting,
  describeTotal,
} from './advice.js';

/** Findings that a person reads; `--json` has all. */
const SHOWN_FINDINGS = 12;

/** What to change, why, and how, the most saving first; last what it comes to. */
export function describeAdvice(advice: Advice, width: number): string[] {
  const nothing = describeNoFindings(advice);
  if (nothing !== null) return wrapText(nothing, width, '');
  const { findings } = advice;
  const shown = findings.slice(0, SHOWN_FINDINGS);
  return [
    style('What to change in Claude Code:', 'heading'),
    ...shown.flatMap((finding, index) => ['', ...describeFinding(finding, index + 1, width)]),
    ...(shown.length < findings.length ? ['', `… and ${findings.length - shown.length} more; --json has all.`] : []),
    '',
    ...wrapText(describeTotal(advice), width, '').map((line) => style(line, 'good')),
    ...wrapText(`${CHANGES_NOTHING} After a change, claude-trace suggest --check says what it saved.`, width, ''),
  ];
}

function describeFinding(finding: Finding, number: number, width: number): string[] {
  const first = `${String(number).padStart(2)}. `;
  const indent = ' '.repeat(first.length);
  return [
    ...wrapText(finding.advice, width, first).map((line) => style(line, 'heading')),
    ...[describeEvidence(finding), ...describeConsequences(finding)].flatMap((text) => wrapText(text, width, indent)),
    ...finding.settings.flatMap((setting) => [
      // Not broken: it is there to be copied.
      style(`${indent}→ ${printableLine(setting.text)}`, 'accent'),
      ...wrapText(describeSetting(setting), width, `${indent}  `).map((line) => style(line, 'dim')),
    ]),
  ];
}

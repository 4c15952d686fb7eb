import {
  type Advice,
  ENOUGH_IN_ANY_TIME,
  type Finding,
  type SettingsChange,
  type TooShort,
} from '../../../advice/index.js';
import { settingsObject } from '../../../model/settings-entry.js';
import { style } from '../../style.js';
import { printable, printableLine } from '../../text.js';
import { counted } from '../../units.js';
import { wrapText } from '../../wrap.js';
import { describeAction, describeLoss, describeReason, describeSaving } from './finding.js';
import { describeSetting, describeUntried, settingText } from './setting.js';

/** Findings that `suggest` prints; `--json` has all. */
const SHOWN_FINDINGS = 12;

/** A change with its file, as it is shown: `~/.claude/settings.json`. */
export type FileOfChange = SettingsChange & { shownFile: string };

/** What `suggest` prints: what to change and why, the largest saving first; the total; the settings for each file. */
export function describeAdvice(advice: Advice, changes: readonly FileOfChange[], width: number): string[] {
  const heldBack = describeHeldBack(advice).flatMap((line) => wrapText(line, width));
  const nothing = describeNoFindings(advice);
  if (nothing !== null) return [...wrapText(nothing, width), ...heldBack];
  const { findings } = advice;
  const shown = findings.slice(0, SHOWN_FINDINGS);
  return [
    style('What to change in Claude Code:', 'heading'),
    ...shown.flatMap((finding, index) => ['', ...describeFinding(finding, changes, index + 1, width)]),
    ...(shown.length < findings.length ? ['', `… and ${findings.length - shown.length} more; --json has all.`] : []),
    '',
    ...wrapText(describeTotal(advice), width).map((line) => style(line, 'good')),
    ...heldBack,
    ...describeChanges(changes, width),
    ...wrapText('After a change, claude-trace suggest --check says what it saved.', width),
  ];
}

function describeFinding(finding: Finding, changes: readonly FileOfChange[], number: number, width: number): string[] {
  const first = `${String(number).padStart(2)}. `;
  const indent = ' '.repeat(first.length);
  const files = changes.filter(({ findings }) => findings.includes(finding)).map(({ shownFile }) => shownFile);
  return [
    ...wrapText(describeAction(finding), width, first).map((line) => style(line, 'heading')),
    ...[describeEvidence(finding), ...describeConsequences(finding)].flatMap((text) => wrapText(text, width, indent)),
    ...(files.length > 0
      ? wrapText(`→ ${files.join(', ')}, below`, width, indent).map((line) => style(line, 'accent'))
      : describeWays(finding, indent, width)),
  ];
}

function describeWays({ settings }: Finding, indent: string, width: number): string[] {
  return settings.flatMap((setting) => [
    // On one line, so that it can be copied.
    style(`${indent}→ ${printableLine(settingText(setting))}`, 'accent'),
    ...wrapText(describeSetting(setting), width, `${indent}  `).map((line) => style(line, 'dim')),
  ]);
}

/** One JSON object for each file, unindented, so that it can be copied. */
function describeChanges(changes: readonly FileOfChange[], width: number): string[] {
  if (changes.length === 0) return [];
  const title = 'As settings, which claude-trace suggest --apply writes once you agree:';
  return [
    '',
    ...wrapText(title, width).map((line) => style(line, 'heading')),
    ...changes.flatMap(({ shownFile, entries }) => [
      '',
      style(printableLine(shownFile), 'dim'),
      ...printable(JSON.stringify(settingsObject(entries), null, 2)).split('\n'),
    ]),
    '',
  ];
}

/** Why, in numbers, and what the change would have saved, if that is known. */
export function describeEvidence(finding: Finding): string {
  const { saved, saving, certainty } = finding;
  const reason = describeReason(finding);
  if (saved === null) return reason;
  const most = saving === 'at_most' ? 'at most ' : 'about ';
  return `${reason} Saves ${most}${describeSaving(saved)}, ${saved.known}; certainty ${certainty}.`;
}

/** What would no longer work, and why there is no setting. */
export function describeConsequences(finding: Finding): string[] {
  const loss = describeLoss(finding);
  return [
    ...(loss === null ? [] : [`Stops working: ${loss}`]),
    ...(finding.untried === null ? [] : [describeUntried(finding.untried)]),
  ];
}

/** Why there are no findings; null where there are some. */
export function describeNoFindings({ tooShort, findings, heldBack }: Advice): string | null {
  if (tooShort !== null) return describeTooShort(tooShort);
  if (findings.length > 0) return null;
  return heldBack.length > 0
    ? 'Nothing to suggest yet.'
    : 'Nothing to suggest: what requests carried was used, or costs next to nothing.';
}

/** At most one line. */
export function describeHeldBack({ heldBack }: Advice): string[] {
  if (heldBack.length === 0) return [];
  const [are, come] = heldBack.length === 1 ? ['is', 'comes'] : ['are', 'come'];
  return [
    `${counted(heldBack.length, 'uncertain finding')} ${are} held back: ${heldBack.length === 1 ? 'it' : 'they'} ${come} from ` +
      `one session of under ${ENOUGH_IN_ANY_TIME} requests. --json has ${heldBack.length === 1 ? 'it' : 'them'}.`,
  ];
}

function describeTooShort({ requests, hours, missing }: TooShort): string {
  const minutes = (value: number, round: (n: number) => number) => counted(round(value * 60), 'minute');
  const parts = [
    ...(missing.requests > 0 ? [counted(missing.requests, 'request')] : []),
    ...(missing.prompts > 0 ? [counted(missing.prompts, 'prompt')] : []),
    ...(missing.hours > 0 ? [minutes(missing.hours, Math.ceil)] : []),
  ];
  const verb = parts.length === 1 && /^1 /.test(parts[0] ?? '') ? 'is' : 'are';
  return (
    `Too short to tell what is not used: ${counted(requests, 'request')} in ${hours * 60 < 1 ? 'under a minute' : minutes(hours, Math.round)}. ` +
    `${joined(parts)} more of work ${verb} needed.`
  );
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

export function describeTotal({ saved, savedAtMost: more }: Advice): string {
  const judgement =
    more.tokens > 0 || (more.costUsd ?? 0) > 0
      ? `, and what is a matter of judgement ${describeSaving(more)} more at most`
      : '';
  return saved.tokens > 0
    ? `Leaving out what was never used would have saved about ${describeSaving(saved)}${judgement}, ${saved.known}.`
    : `Everything was used${judgement}.`;
}

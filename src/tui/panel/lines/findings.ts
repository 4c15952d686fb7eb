import type { Advice, Finding, Setting } from '../../../advice/index.js';
import { fragment } from '../../../text/line.js';
import { describeAction } from '../../../text/reports/advice/finding.js';
import {
  describeConsequences,
  describeEvidence,
  describeHeldBack,
  describeNoFindings,
  describeTotal,
} from '../../../text/reports/advice/report.js';
import { describeSetting, settingText } from '../../../text/reports/advice/setting.js';
import { printableLine } from '../../../text/text.js';
import { type Block, headedBlock, textBlock } from './document.js';

/** What to change in Claude Code, why and how, the largest saving first. */
export function findingBlocks(advice: Advice): Block[] {
  const nothing = describeNoFindings(advice);
  const heldBack = describeHeldBack(advice).map((text) => textBlock(text, 'dim'));
  if (nothing !== null) return [textBlock(nothing, advice.tooShort === null ? 'good' : 'dim'), ...heldBack];
  return [
    ...advice.findings.map(findingBlock),
    textBlock(describeTotal(advice), 'good'),
    ...heldBack,
    textBlock('claude-trace suggest joins this into settings to copy, and --apply writes them once you agree.', 'dim'),
  ];
}

function findingBlock(finding: Finding, index: number): Block {
  return headedBlock(
    [
      fragment(`${String(index + 1).padStart(2)}. `, 'dim'),
      fragment(printableLine(describeAction(finding)), 'heading'),
    ],
    indented(textBlock(describeEvidence(finding), 'accent')),
    ...describeConsequences(finding).map((text) => indented(textBlock(text))),
    ...finding.settings.map((setting) => indented(settingBlock(setting))),
  );
}

function settingBlock(setting: Setting): Block {
  return (width) => [
    ...textBlock(`→ ${settingText(setting)}`, 'good')(width),
    ...indented(textBlock(describeSetting(setting), 'dim'), 2)(width),
  ];
}

function indented(block: Block, columns = 4): Block {
  return (width) => block(width - columns).map((line) => [fragment(' '.repeat(columns)), ...line]);
}

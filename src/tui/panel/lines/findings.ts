import type { Advice, Finding, Setting } from '../../../advice/index.js';
import { fragment } from '../../../text/line.js';
import {
  CHANGES_NOTHING,
  describeConsequences,
  describeEvidence,
  describeNoFindings,
  describeSetting,
  describeTotal,
} from '../../../text/reports/advice.js';
import { printableLine } from '../../../text/text.js';
import { type Block, headedBlock, textBlock } from './document.js';

/** What to change in Claude Code, why and how, the largest saving first. */
export function findingBlocks(advice: Advice): Block[] {
  const nothing = describeNoFindings(advice);
  if (nothing !== null) return [textBlock(nothing, advice.tooShort === null ? 'good' : 'dim')];
  return [
    ...advice.findings.map(findingBlock),
    textBlock(describeTotal(advice), 'good'),
    textBlock(`${CHANGES_NOTHING} claude-trace suggest prints this to copy from.`, 'dim'),
  ];
}

function findingBlock(finding: Finding, index: number): Block {
  return headedBlock(
    [fragment(`${String(index + 1).padStart(2)}. `, 'dim'), fragment(printableLine(finding.advice), 'heading')],
    indented(textBlock(describeEvidence(finding), 'accent')),
    ...describeConsequences(finding).map((text) => indented(textBlock(text))),
    ...finding.settings.map((setting) => indented(settingBlock(setting))),
  );
}

function settingBlock(setting: Setting): Block {
  return (width) => [
    ...textBlock(`→ ${setting.text}`, 'good')(width),
    ...indented(textBlock(describeSetting(setting), 'dim'), 2)(width),
  ];
}

function indented(block: Block, columns = 4): Block {
  return (width) => block(width - columns).map((line) => [fragment(' '.repeat(columns)), ...line]);
}

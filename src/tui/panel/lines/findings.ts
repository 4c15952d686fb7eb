import type { Advice, Finding, Setting } from '../../../advice/index.js';
import { describeSaved } from '../../../format/saving.js';
import { printableLine } from '../../../format/text.js';
import { type Block, headedBlock, lineBlock, textBlock } from '../text/document.js';
import { run } from '../text/line.js';

/** What to change in Claude Code, why, and how; what saves most first. */
export function findingBlocks({ findings }: Advice): Block[] {
  if (findings.length === 0) {
    return [textBlock('Nothing to suggest: what requests carried was used, or costs next to nothing.', 'good')];
  }
  return [
    ...findings.map(findingBlock),
    lineBlock([run('claude-trace changes no setting itself. claude-trace suggest prints this to copy from.', 'dim')]),
  ];
}

function findingBlock(finding: Finding, index: number): Block {
  const { advice, evidence, settings } = finding;
  const saves = describeSaved(finding);
  return headedBlock(
    [run(`${String(index + 1).padStart(2)}. `, 'dim'), run(printableLine(advice), 'heading')],
    indented(textBlock(evidence)),
    ...(saves === null ? [] : [indented(textBlock(saves, 'accent'))]),
    ...settings.map((setting) => indented(settingBlock(setting))),
  );
}

function settingBlock({ text, where, when }: Setting): Block {
  const place = `  in ${where}${when === null ? '' : `; ${when}`}`;
  return (width) => [...textBlock(`→ ${text}`, 'good')(width), ...textBlock(place, 'dim')(width)];
}

function indented(block: Block): Block {
  return (width) => block(width - 4).map((line) => [run('    '), ...line]);
}

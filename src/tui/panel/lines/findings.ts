import type { Advice, Finding, Setting } from '../../../advice/index.js';
import { printableLine } from '../../../format/text.js';
import { formatDollars, formatPercent, formatTokens } from '../../../format/units.js';
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

function findingBlock({ advice, evidence, saved, saving, certainty, settings }: Finding, index: number): Block {
  return headedBlock(
    [run(`${String(index + 1).padStart(2)}. `, 'dim'), run(printableLine(advice), 'heading')],
    indented(textBlock(evidence)),
    ...(saved === null
      ? []
      : [
          indented(
            textBlock(
              `Saves ${saving === 'at_most' ? 'at most ' : ''}${amount(saved)}; certainty ${certainty}.`,
              'accent',
            ),
          ),
        ]),
    ...settings.map((setting) => indented(settingBlock(setting))),
  );
}

function amount({ tokens, cost_usd, share }: { tokens: number; cost_usd: number | null; share: number }): string {
  const parts = [
    ...(tokens > 0
      ? [`${formatTokens(tokens)} tokens (${share < 0.01 ? 'under 1 %' : formatPercent(share)} of the input)`]
      : []),
    ...(cost_usd === null ? [] : [formatDollars(cost_usd)]),
  ];
  return parts.join(', ') || 'nothing';
}

function settingBlock({ text, where, when }: Setting): Block {
  const place = `  in ${where}${when === null ? '' : `; ${when}`}`;
  return (width) => [...textBlock(`→ ${text}`, 'good')(width), ...textBlock(place, 'dim')(width)];
}

function indented(block: Block): Block {
  return (width) => block(width - 4).map((line) => [run('    '), ...line]);
}

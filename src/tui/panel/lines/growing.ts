import type { AnswerProgress } from '../../../model/progress.js';
import type { RequestSummary } from '../../../model/request.js';
import { billedInput } from '../../../model/usage.js';
import { fragment } from '../../../text/line.js';
import { formatOutput } from '../../../text/request-figures.js';
import { printableLine } from '../../../text/text.js';
import { formatRoughly } from '../../../text/units.js';
import { type Block, headedBlock, lineBlock, textBlock } from './document.js';

type Tokens = RequestSummary['tokens'];

/** The first event of an answer has the bill of the input, which is shown before the answer is stored. */
export function tokensSoFar(tokens: Tokens, growing: AnswerProgress | null): Tokens {
  if (tokens.input !== null || !growing?.usage) return tokens;
  return { ...tokens, input: billedInput(growing.usage), cacheRead: growing.usage.cacheRead, known: 'exact' };
}

/** Marks characters with `~`, as tokens are unknown until the answer ends. */
export function outputSoFar(tokens: Tokens, growing: AnswerProgress | null): string {
  if (tokens.output !== null || growing === null) return formatOutput(tokens);
  return `${formatRoughly(growing.characters)}~`;
}

/** An answer that is still coming, block by block. */
export function growingBlocks({ blocks, isCut }: AnswerProgress): Block[] {
  const before = isCut ? [lineBlock([fragment('… the beginning is shown when the answer is complete', 'dim')])] : [];
  const shown = blocks.map(({ type, name, text }) =>
    headedBlock(
      [fragment('── ', 'dim'), fragment(printableLine(name === null ? type : `${type} ${name}`), 'heading')],
      textBlock(text, type === 'thinking' ? 'dim' : undefined),
    ),
  );
  return [...before, ...shown, lineBlock([fragment('still coming …', 'accent')])];
}

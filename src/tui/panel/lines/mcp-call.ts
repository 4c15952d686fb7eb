import type { McpCallWithResult } from '../../../history/mcp-call.js';
import { fragment, type Line, widthOf } from '../../../text/line.js';
import { type CallSection, callSections } from '../../../text/mcp-call-sections.js';
import { mcpCallFacts, mcpCallIds } from '../../../text/reports/mcp-call.js';
import type { Tone } from '../../../text/style.js';
import { type Block, fieldsBlock, headedBlock, lineBlock, textBlock } from './document.js';

/** A call: its facts, what was asked, what the server answered and what the model got of that, and its ids. */
export function mcpCallBlocks(shown: McpCallWithResult): Block[] {
  const { call, carriage } = shown;
  return [
    headedBlock(headingLine('call'), fieldsBlock(mcpCallFacts(call, carriage))),
    ...callSections(shown).flatMap(columnsBlocks),
    headedBlock(headingLine('ids'), fieldsBlock(mcpCallIds(call))),
  ];
}

function headingLine(text: string, tone: Tone = 'heading'): Line {
  return [fragment('── ', 'dim'), fragment(text, tone)];
}

const DIVIDER = ' │ ';
/** A narrower column would break most lines of JSON. */
const MIN_COLUMN = 44;

/** Texts beside each other, as many as have room, and the others below. Each row of texts is a piece of its own. */
function columnsBlocks(columns: readonly CallSection[]): Block[] {
  return columns.map((_, index) => (width) => {
    const perRow = Math.max(1, Math.floor((width + DIVIDER.length) / (MIN_COLUMN + DIVIDER.length)));
    // The answer and what the model got of it are compared: with room for two, the request is above them.
    const first = columns.length % Math.min(perRow, columns.length) || perRow;
    if (index === 0) return besideEachOther(columns.slice(0, first), width);
    const startsRow = index >= first && (index - first) % perRow === 0;
    return startsRow ? besideEachOther(columns.slice(index, index + perRow), width) : [];
  });
}

function besideEachOther(columns: readonly CallSection[], width: number): Line[] {
  const each = Math.floor((width - DIVIDER.length * (columns.length - 1)) / columns.length);
  const texts = columns.map((column) => columnLines(column, each));
  const height = Math.max(...texts.map((lines) => lines.length));
  const rows = Array.from({ length: height }, (_, row) =>
    texts.flatMap((lines, index): Line => {
      const line = lines[row] ?? [];
      if (index === texts.length - 1) return line;
      return [...line, fragment(' '.repeat(Math.max(0, each - widthOf(line)))), fragment(DIVIDER, 'dim')];
    }),
  );
  return [...rows, []];
}

function columnLines({ heading, text, tone = 'heading' }: CallSection, width: number): Line[] {
  const shown = text === null ? textBlock('not recorded', 'dim') : textBlock(text);
  const [line = []] = lineBlock(headingLine(heading, tone))(width);
  return [line, ...shown(width)];
}

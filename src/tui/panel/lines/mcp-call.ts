import type { McpCallWithResult } from '../../../history/mcp-call.js';
import type { McpCallDetail, McpMessageDetail } from '../../../model/mcp.js';
import { fragment, type Line, widthOf } from '../../../text/line.js';
import { mcpWord } from '../../../text/mcp-figures.js';
import { answerText, beginningOf, contentText, requestText } from '../../../text/mcp-texts.js';
import { mcpCallFacts, mcpCallIds } from '../../../text/reports/mcp-call.js';
import type { Tone } from '../../../text/style.js';
import { type Block, fieldsBlock, headedBlock, lineBlock, textBlock } from './document.js';

/** A call: its facts, what was asked, what the server answered and what the model got of that, and its ids. */
export function mcpCallBlocks({ call, received, carriage }: McpCallWithResult): Block[] {
  return [
    headedBlock(headingLine('call'), fieldsBlock(mcpCallFacts(call, carriage))),
    ...columnsBlocks([
      { heading: 'request', text: messageText(call.request, requestText) },
      { heading: answerHeading(call), text: call.answer === null ? null : messageText(call.answer, answerText) },
      { heading: gotHeading(call), text: received === null ? null : contentText(received), tone: gotTone(call) },
    ]),
    headedBlock(headingLine('ids'), fieldsBlock(mcpCallIds(call))),
  ];
}

function headingLine(text: string, tone: Tone = 'heading'): Line {
  return [fragment('── ', 'dim'), fragment(text, tone)];
}

function messageText(message: McpMessageDetail | null, textOf: (message: McpMessageDetail) => string): string | null {
  if (message === null) return null;
  return `${textOf(message)}${message.truncated ? '\n… the rest was too long to be recorded' : ''}`;
}

function answerHeading({ state }: McpCallDetail): string {
  return state === 'ok' ? 'answer of the server' : `answer of the server: ${mcpWord(state)}`;
}

function gotHeading({ delivery }: McpCallDetail): string {
  return delivery === null ? 'what the model got' : `what the model got: ${mcpWord(delivery.form)}`;
}

function gotTone({ delivery }: McpCallDetail): Tone {
  return delivery === null || delivery.form === 'whole' ? 'heading' : 'warn';
}

interface TextColumn {
  heading: string;
  /** Null where it is not known. */
  text: string | null;
  tone?: Tone;
}

const DIVIDER = ' │ ';
/** A narrower column would break most lines of JSON. */
const MIN_COLUMN = 44;

/** Texts beside each other, as many as have room, and the others below. Each row of texts is a piece of its own. */
function columnsBlocks(columns: readonly TextColumn[]): Block[] {
  return columns.map((_, index) => (width) => {
    const perRow = Math.max(1, Math.floor((width + DIVIDER.length) / (MIN_COLUMN + DIVIDER.length)));
    // The answer and what the model got of it are compared: with room for two, the request is above them.
    const first = columns.length % Math.min(perRow, columns.length) || perRow;
    if (index === 0) return besideEachOther(columns.slice(0, first), width);
    const startsRow = index >= first && (index - first) % perRow === 0;
    return startsRow ? besideEachOther(columns.slice(index, index + perRow), width) : [];
  });
}

function besideEachOther(columns: readonly TextColumn[], width: number): Line[] {
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

function columnLines({ heading, text, tone = 'heading' }: TextColumn, width: number): Line[] {
  const shown = text === null ? textBlock('not recorded', 'dim') : textBlock(beginningOf(text));
  const [line = []] = lineBlock(headingLine(heading, tone))(width);
  return [line, ...shown(width)];
}

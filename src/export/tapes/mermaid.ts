import { createFrameReader, frameRow, type Tape } from '../../mcp/tape/index.js';
import type { TapeFrameRow } from '../../model/tape.js';
import { excerpt } from '../../text/text.js';
import { counted, formatDuration } from '../../text/units.js';

/** Mermaid refuses longer diagrams (`maxTextSize`, 50,000 characters): https://mermaid.js.org/config/schema-docs/config.html */
const MAX_CHARACTERS = 48_000;

/** Maximum length of names. */
const MAX_NAME_LENGTH = 60;

/**
 * A tape as a sequence diagram of Mermaid, as far as a diagram may be long; the rest is counted in a note.
 * @throws TapeError
 */
export async function* tapeMermaid({ head, frames }: Tape): AsyncGenerator<string> {
  const read = createFrameReader();
  const lines = [
    'sequenceDiagram',
    `    participant C as ${escaped(head.client?.name ?? 'client')}`,
    `    participant S as ${escaped(head.server.name)}`,
  ];
  let length = lines.join('\n').length;
  let left = 0;
  yield `${lines.join('\n')}\n`;
  for await (const frame of frames) {
    const line = `    ${arrowOf(frameRow(frame, read(frame)))}\n`;
    length += line.length;
    if (length > MAX_CHARACTERS) left += 1;
    else yield line;
  }
  if (left > 0) yield `    Note over C,S: ${counted(left, 'more message')}\n`;
}

function arrowOf(row: TapeFrameRow): string {
  const { dir, kind, rpcId, at, more } = row;
  const [from, to] = dir === 'c' ? ['C', 'S'] : ['S', 'C'];
  const isAnswer = kind === 'response' || kind === 'error';
  const arrow = kind === 'error' || kind === 'malformed' ? '--x' : isAnswer ? '-->>' : '->>';
  const notes = [
    ...(rpcId === null ? [] : [`id ${rpcId}`]),
    ...(more > 0 ? [`${more} more in the batch`] : []),
    formatDuration(at),
  ];
  return `${from}${arrow}${to}: ${escaped(labelOf(row))} (${escaped(notes.join(', '))})`;
}

function labelOf({ kind, method, name }: TapeFrameRow): string {
  const what = [method ?? 'unknown request', ...(name === null ? [] : [name])].join(' ');
  if (kind === 'response') return `result of ${what}`;
  if (kind === 'error') return `error of ${what}`;
  return kind === 'malformed' ? 'not JSON-RPC' : what;
}

/** Characters that could end a label or begin something else are written as entities, as Mermaid wants them: `#35;`. */
function escaped(text: string): string {
  return excerpt(text, MAX_NAME_LENGTH).replace(/[^\p{L}\p{N} _./,-]/gu, (letter) => `#${letter.codePointAt(0)};`);
}

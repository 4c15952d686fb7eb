import { isRecord, type JsonRecord, parseJson } from './json.js';
import type { SseEvent } from './sse.js';

/** Where the text of a delta stands, by the delta's type. */
const TEXT_FIELD: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
};

interface Parsed {
  event: string;
  body: JsonRecord;
}

/**
 * A stream with the same message and far fewer events: all text of a block stands in its first delta, passed through
 * `clean` as one piece. Events that are not JSON are left out.
 */
export function joinDeltas(events: readonly SseEvent[], clean: (text: string) => string): Buffer {
  const texts = new Map<string, string>();
  const kept: (Parsed & { joins: string | null })[] = [];
  for (const { event, data } of events) {
    const body = parseJson(data);
    if (!isRecord(body)) continue;
    const piece = pieceOf(body);
    const earlier = piece ? texts.get(piece.block) : undefined;
    if (piece) texts.set(piece.block, (earlier ?? '') + piece.text);
    if (earlier === undefined) kept.push({ event, body, joins: piece?.block ?? null });
  }
  const lines = kept.map(({ event, body, joins }) => {
    const whole = joins === null ? body : withText(body, clean(texts.get(joins) ?? ''));
    return `event: ${event}\ndata: ${JSON.stringify(whole)}\n\n`;
  });
  return Buffer.from(lines.join(''));
}

function pieceOf(body: JsonRecord): { block: string; text: string } | null {
  if (!isRecord(body.delta)) return null;
  const field = TEXT_FIELD[String(body.delta.type)];
  const text = field === undefined ? null : body.delta[field];
  return typeof text === 'string' ? { block: `${body.index} ${field}`, text } : null;
}

function withText(body: JsonRecord, text: string): JsonRecord {
  const delta = isRecord(body.delta) ? body.delta : {};
  const field = TEXT_FIELD[String(delta.type)];
  return field === undefined ? body : { ...body, delta: { ...delta, [field]: text } };
}

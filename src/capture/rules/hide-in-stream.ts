import { isRecord, type JsonRecord, parseJson } from '../../base/json.js';
import { type SseEvent, writeSse } from '../../wire/index.js';
import { HIDDEN } from '../redact/redactor.js';

/**
 * The stream of an answer without what rules redact in its message. A block in which something is redacted comes whole, at its start;
 * the other events stay, except those that are not JSON.
 * @param whole the assembled message, with `content`
 * @param redacted the same without what rules redact
 */
export function hideInStream(events: readonly SseEvent[], whole: JsonRecord, redacted: unknown): Buffer {
  const after = isRecord(redacted) ? redacted : {};
  const parsed = events.flatMap(({ event, data }) => {
    const body = parseJson(data);
    return isRecord(body) ? [{ event, body }] : [];
  });
  const starts = parsed.filter(({ body }) => body.type === 'content_block_start').map(({ body }) => indexOf(body));
  const blocks = new Map<number, unknown>();
  for (const [place, index] of [...new Set(starts)].sort((a, b) => a - b).entries()) {
    const block = elementOf(after.content, place);
    if (JSON.stringify(block) !== JSON.stringify(elementOf(whole.content, place))) blocks.set(index, block);
  }
  return writeSse(
    parsed.flatMap(({ event, body }) => {
      const written = withoutHidden(body, blocks, after);
      return written === null ? [] : [{ event, data: JSON.stringify(written) }];
    }),
  );
}

/** Null where nothing is left of the event. */
function withoutHidden(body: JsonRecord, blocks: ReadonlyMap<number, unknown>, after: JsonRecord): JsonRecord | null {
  if (body.type === 'message_start' && isRecord(body.message)) {
    const { id, model, role } = { ...body.message, ...after };
    return { ...body, message: { ...body.message, id, model, role } };
  }
  const index = indexOf(body);
  if (!blocks.has(index)) return body;
  if (body.type === 'content_block_delta') return null;
  if (body.type !== 'content_block_start') return body;
  const block = blocks.get(index);
  return { ...body, content_block: isRecord(block) ? block : { type: 'text', text: HIDDEN } };
}

function indexOf({ index }: JsonRecord): number {
  return typeof index === 'number' ? index : -1;
}

function elementOf(list: unknown, place: number): unknown {
  return Array.isArray(list) ? list[place] : undefined;
}

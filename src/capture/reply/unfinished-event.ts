import { parseJson } from '../../base/json.js';
import { parseSse, type SseEvent } from '../../wire/index.js';

/**
 * The event that the end of a stream cuts, its JSON closed where the text of a delta breaks off; null when there is none,
 * or it did not come that far.
 *
 * @param whole the events of the stream, which that one is not among
 */
export function unfinishedEvent(bytes: Uint8Array, whole: readonly SseEvent[]): SseEvent | null {
  const cut = parseSse(Buffer.concat([bytes, Buffer.from('\n\n')])).at(whole.length);
  if (cut === undefined) return null;
  // Half an escape sequence cannot be closed.
  const text = cut.data.replace(/\\(?:u[0-9a-f]{0,3})?$/i, '');
  const candidates = [cut.data, `${cut.data}}`, `${cut.data}}}`, `${text}"}}`];
  const data = candidates.find((json) => parseJson(json) !== undefined);
  return data === undefined ? null : { ...cut, data };
}

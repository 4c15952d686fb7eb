import { isRecord, type JsonRecord, parseJson } from '../../base/json.js';
import type { SseEvent } from '../../wire/index.js';

/** Deltas that are no pieces: each brings a whole. */
const WHOLE: ReadonlySet<string> = new Set(['signature_delta', 'citations_delta']);

/** Adds to, or replaces, the text that stands at a place: a field of the deltas of one type, of one block. */
type Change = (place: string, text: string) => string;

export interface JoinedDeltas {
  /** Those that are JSON, written anew. */
  events: SseEvent[];
  /** `clean` found something. */
  changed: boolean;
}

/**
 * A stream with the same message, in which `clean` has seen the text of each block as one piece. Where it changes a text,
 * all of that text stands in its first delta; deltas that are then empty are left out, and so are events that are no JSON.
 * Deltas of unknown types are joined field by field.
 */
export function joinDeltas(events: readonly SseEvent[], clean: (text: string) => string): JoinedDeltas {
  const parsed = events.flatMap(({ event, data }) => {
    const body = parseJson(data);
    return isRecord(body) ? [{ event, body }] : [];
  });

  const texts = new Map<string, string>();
  const collect: Change = (place, text) => {
    texts.set(place, (texts.get(place) ?? '') + text);
    return text;
  };
  for (const { body } of parsed) withTexts(body, collect);

  const cleaned = new Map<string, string>();
  for (const [place, text] of texts) {
    const safe = clean(text);
    if (safe !== text) cleaned.set(place, safe);
  }

  const written = new Set<string>();
  const replace: Change = (place, text) => {
    const whole = cleaned.get(place);
    if (whole === undefined) return text;
    if (written.has(place)) return '';
    written.add(place);
    return whole;
  };
  const joined = parsed.flatMap(({ event, body }) => {
    const whole = withTexts(body, replace);
    return whole === null ? [] : [{ event, data: JSON.stringify(whole) }];
  });
  return { events: joined, changed: cleaned.size > 0 };
}

/** An event with the texts of its delta changed; null when nothing is left of the delta. */
function withTexts(body: JsonRecord, change: Change): JsonRecord | null {
  const { delta } = body;
  if (!isRecord(delta) || WHOLE.has(String(delta.type))) return body;
  let emptied = false;
  let says = false;
  const fields = Object.entries(delta).map(([name, value]): [string, unknown] => {
    if (name === 'type') return [name, value];
    const after = typeof value === 'string' ? change(`${body.type} ${body.index} ${delta.type} ${name}`, value) : value;
    emptied ||= after === '' && value !== '';
    says ||= after !== '';
    return [name, after];
  });
  return emptied && !says ? null : { ...body, delta: Object.fromEntries(fields) };
}

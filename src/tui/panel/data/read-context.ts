import {
  type ContextPlace,
  type ContextPoint,
  contextPlaces,
  readContextPoints,
} from '../../../history/context-growth.js';
import type { ConversationFilter, Reader } from '../../../store/index.js';
import type { ConversationChoice } from '../state/state.js';

/** The growth of one context. Only points near the screen are read. */
export interface ContextGrowth extends ConversationChoice {
  places: readonly ContextPlace[];
  /** The largest input of all places. */
  maxTokens: number;
  /** By their index in `places`. */
  points: ReadonlyMap<number, ContextPoint>;
}

/** Points above and below the screen that are read too. */
const MARGIN = 50;

/**
 * The conversation that was chosen, or the main one of the latest session. It has no places if nothing was captured.
 * @param top index of the first row on the screen @param height rows on the screen
 */
export function readContext(
  reader: Reader,
  { sessionId: given, agentId }: ConversationChoice,
  top: number,
  height: number,
): ContextGrowth {
  const sessionId = given ?? reader.sessions({}, { limit: 1 }).rows[0]?.id ?? null;
  const filter: ConversationFilter = agentId === null ? { sessionId } : { agentId };
  const places = contextPlaces(reader.conversation(filter));
  const last = Math.max(0, places.length - height);
  const from = Math.max(0, Math.min(top, last) - MARGIN);
  const shown = places.slice(from, from + height + 2 * MARGIN);
  const points = readContextPoints(reader, shown).map((point) => [point.number - 1, point] as const);
  return {
    sessionId,
    agentId,
    places,
    maxTokens: Math.max(0, ...places.map(({ inputTokens }) => inputTokens ?? 0)),
    points: new Map(points),
  };
}

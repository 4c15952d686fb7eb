import type { Call } from './calls.js';
import type { Owner, Piece } from './piece.js';
import type { Names } from './split-text.js';

/** What the parts of a request need to know of the rest of it, and of its thread. */
export interface SegmentContext extends Names {
  calls: ReadonlyMap<string, Call>;
  /** The agent whose own request this is; null in the main thread. */
  agent: string | null;
  /** Deferred definitions by tool name: weightless until a reference takes them into context. */
  deferred: Map<string, Piece[]>;
}

/** The agent's own texts are its prompt; without an agent they are what the given owner says. */
export function ownText(context: SegmentContext, otherwise: Owner): Owner {
  return context.agent === null ? otherwise : { source: `agent:${context.agent}`, part: 'prompt', detail: null };
}

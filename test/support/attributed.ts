import { type AttributionInput, attribute, EMPTY_CONTEXT } from '../../src/attribution/index.js';
import type { Attribution } from '../../src/model/segment.js';

/** Any moment; prices depend on it. */
export const SOME_TIME = Date.UTC(2026, 0, 15);

/** The attribution of a body; by default without a bill, prices and a thread. */
export function attributed(body: unknown, given: Partial<AttributionInput> = {}): Attribution {
  const text = given.text ?? JSON.stringify(body) ?? '';
  const plain = { usage: null, model: null, at: SOME_TIME, thread: EMPTY_CONTEXT, solution: null, prices: {} };
  return attribute({ body, text, ...plain, ...given });
}

import fc from 'fast-check';
import { segmentRequest } from '../../../src/attribution/segments/segment-request.js';
import { createSessionMemory } from '../../../src/attribution/threads/session/session-memory.js';
import { fill, growthFault } from '../../support/growth.js';
import { FILLERS, hostileFragments, PLACES } from '../../support/hostile-texts.js';

const part = fc.tuple(
  fc.constantFrom(...hostileFragments()),
  fc.constantFrom(...FILLERS),
  fc.constantFrom(...FILLERS),
  fc.boolean(),
);

/** A place of the rules, and a text of any size: a fragment again and again, or once with a long run behind it. */
export const hostileText = fc
  .tuple(fc.constantFrom(...Object.keys(PLACES)), part)
  .map(([where, [fragment, filler, other, isOnce]]) => ({
    where,
    parts: [fragment, filler, other],
    textOf: (size: number) => (isOnce ? fragment + fill(filler + other, size) : fill(fragment + filler + other, size)),
  }));

/** How the time to segment a text grows that is more than linear in its length; null for others. */
export function segmentingFault(where: string, textOf: (size: number) => string): string | null {
  const fault = growthFault((size) => {
    const body = PLACES[where]?.(textOf(size));
    return () => {
      segmentRequest(body, '', { knownServers: ['a'], agent: null });
      const memory = createSessionMemory();
      memory.recognize({ sessionId: 's', agentId: 'x', body });
      memory.learn({ sessionId: 's', body, message: null });
    };
  });
  return fault && `${where}: ${fault}: ${JSON.stringify(textOf(20))}`;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentRequest } from '../../../src/attribution/segments/segment-request.js';
import { createSessionMemory } from '../../../src/attribution/threads/session/session-memory.js';
import { FILLERS, hostileFragments, PLACES } from '../../support/hostile-texts.js';

/**
 * Twice the text may take twice the time. Quadratic work is unmistakable at these sizes: what takes little CPU at all passes
 * without a comparison, so that neither the machine nor its load decides.
 */
const SIZE = 200_000;
const LITTLE_MS = 250;
const ROUNDS = 3;
/** Linear work gives 4 at four times the size, quadratic 16. */
const MAX_GROWTH = 9;

const fragments = hostileFragments();
const part = fc.tuple(fc.constantFrom(...fragments), fc.constantFrom(...FILLERS), fc.constantFrom(...FILLERS));
const place = fc.constantFrom(...Object.entries(PLACES));

test('no text in any place takes more than linear time', () => {
  fc.assert(
    fc.property(place, part, fc.boolean(), ([where, bodyOf], [fragment, filler, other], once) => {
      // Opened again and again, or once with a long run behind it.
      const textOf = (size: number) =>
        once ? fragment + fill(filler + other, size) : fill(fragment + filler + other, size);
      expect(growthFault(where, (size) => bodyOf(textOf(size)), `${fragment}${filler}${other}`)).toBeNull();
    }),
    { numRuns: 400 },
  );
}, 300_000);

test('texts that once took quadratic time do not', () => {
  const cases: [string, (size: number) => string][] = [
    ['description', (size) => `<available_skills>\n<skill>\n<name>${fill(' ', size)}`],
    ['message', (size) => `# MCP Server Instructions\n\nThe following MCP servers have\n\n## ${fill('a ', size)}`],
    ['message', (size) => `The following MCP servers are still connecting:\n${fill('a ', size)}`],
    ['message', (size) => `The following MCP servers are still connecting:\n${fill('a  \n', size)}`],
    ['prompt', (size) => `<command-message>x</command-message>\n<command-name>/${fill('a:', size)}</command-name>`],
    ['prompt', (size) => `<command-message>x</command-message>\n<command-name>${fill(' ', size)}`],
    ['reminder', (size) => `Contents of /a${fill(' (', size)}`],
  ];
  const faults = cases.map(([where, textOf]) =>
    growthFault(where, (size) => PLACES[where]?.(textOf(size)), textOf(20)),
  );
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
}, 120_000);

function fill(unit: string, size: number): string {
  return unit === '' ? 'x'.repeat(size) : unit.repeat(Math.ceil(size / unit.length));
}

function growthFault(where: string, bodyOf: (size: number) => unknown, title: string): string | null {
  const work = (size: number): number => {
    const body = bodyOf(size);
    return cpuTime(() => {
      segmentRequest(body, '', { knownServers: ['a'], agent: null });
      const memory = createSessionMemory();
      memory.recognise({ sessionId: 's', agentId: 'x', body });
      memory.learn({ sessionId: 's', body, message: null });
    });
  };
  if (work(SIZE) < LITTLE_MS) return null;
  const least = (size: number) => Math.min(...Array.from({ length: ROUNDS }, () => work(size)));
  const [small, large] = [least(SIZE), least(4 * SIZE)];
  return large < MAX_GROWTH * small ? null : `${where}: ${small} ms, then ${large} ms: ${JSON.stringify(title)}`;
}

/** Milliseconds of CPU: the load of the machine is not in them. */
function cpuTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fill } from '../../support/growth.js';
import { hostileText, segmentingFault } from '../support/segmenting-growth.js';

test('no text in any place takes more than linear time', () => {
  fc.assert(
    fc.property(hostileText, ({ where, textOf }) => {
      expect(segmentingFault(where, textOf)).toBeNull();
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
  const faults = cases.map(([where, textOf]) => segmentingFault(where, textOf));
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
}, 120_000);

import { expect, it } from 'vitest';
import { describeMcpServers } from '../../../src/text/reports/mcp-tables.js';

it('names servers without a stored recording, apart from those whose recording may have been removed', () => {
  const lines = describeMcpServers(
    [],
    [
      { source: 'mcp:tickets', calls: 2, mayBeRemoved: true },
      { source: 'mcp:notes', calls: 1, mayBeRemoved: false },
    ],
    80,
    new Date(),
  );
  expect(lines.slice(0, 3)).toEqual([
    'No recording of an MCP server is stored.',
    'Not recorded: notes (1 call).',
    'Not recorded, or removed since: tickets (2 calls).',
  ]);
});

it('breaks the names of many servers between words', () => {
  const unrecorded = ['one', 'two', 'three'].map((name) => ({ source: `mcp:${name}`, calls: 1, mayBeRemoved: false }));
  expect(describeMcpServers([], unrecorded, 40, new Date()).slice(1, 3)).toEqual([
    'Not recorded: one (1 call), two (1',
    'call), three (1 call).',
  ]);
});

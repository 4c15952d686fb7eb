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

import { expect, it } from 'vitest';
import type { KnownMcpServer } from '../../src/mcp/discover/index.js';
import { unruledServers } from '../../src/wrap/unruled-servers.js';

const server = (name: string, changes: Partial<KnownMcpServer>): KnownMcpServer => ({
  name,
  scope: 'user',
  transport: 'stdio',
  url: null,
  entry: { command: 'x' },
  decision: 'recorded',
  secrets: [],
  ...changes,
});

it('names the servers that may start and on which no rule acts', () => {
  const servers = [
    server('program', {}),
    server('left-out', {}),
    server('http', { transport: 'http', url: 'https://a.example/mcp', entry: null }),
    server('excluded', { decision: 'excluded' }),
    server('refused', { decision: 'refused' }),
  ];
  expect(unruledServers(servers, { leftOut: ['left-out'] })).toEqual(['left-out', 'http', 'excluded']);
  expect(unruledServers(servers, null)).toEqual(['program', 'left-out', 'http', 'excluded']);
});

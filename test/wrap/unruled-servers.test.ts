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
    server('api', { transport: 'http', url: 'https://api.anthropic.com/mcp', entry: null }),
    server('socket', { transport: 'ws', url: 'wss://a.example/mcp', entry: null, decision: 'websocket' }),
    server('excluded', { decision: 'excluded' }),
    server('refused', { decision: 'refused' }),
  ];
  const ruled = [{ name: 'http' }];
  expect(unruledServers(servers, { leftOut: ['left-out'] }, ruled)).toEqual(['left-out', 'api', 'socket', 'excluded']);
  expect(unruledServers(servers, null, ruled)).toEqual(['program', 'left-out', 'api', 'socket', 'excluded']);
});

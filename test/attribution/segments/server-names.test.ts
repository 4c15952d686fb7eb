import { expect, test } from 'vitest';
import { attributed } from '../../support/attributed.js';
import { reminder } from '../../support/owner-of.js';

// Claude Code writes `remote_srv` into tool names, and the name as it was set up everywhere else.
test('a server is one source in all spellings of its name', () => {
  const body = {
    tools: [
      { type: 'mcp_toolset', mcp_server_name: 'remote srv' },
      { name: 'mcp__remote_srv__find', description: 'zorb' },
      { name: 'mcp__remote srv__ask', description: 'zorb' },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: reminder('# MCP Server Instructions\n\nHow to use them.\n\n## remote srv\nzorb zorb') },
          { type: 'text', text: 'Go on.' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'mcp_tool_use', id: 'a', server_name: 'remote srv', name: 'find', input: {} },
          { type: 'tool_use', id: 'b', name: 'mcp__remote_srv__find', input: {} },
          { type: 'tool_use', id: 'c', name: 'ReadMcpResourceTool', input: { server: 'remote srv', uri: 'zorb://1' } },
        ],
      },
      {
        role: 'user',
        content: ['b', 'c'].map((tool_use_id) => ({ type: 'tool_result', tool_use_id, content: 'zorb' })),
      },
    ],
  };
  const { shares } = attributed(body);
  const ofServers = shares.filter(({ source }) => source.startsWith('mcp:'));
  expect([...new Set(ofServers.map(({ source }) => source))]).toEqual(['mcp:remote_srv']);
  expect(ofServers.map(({ part }) => part).sort()).toEqual(['call', 'definition', 'instructions', 'result']);
});

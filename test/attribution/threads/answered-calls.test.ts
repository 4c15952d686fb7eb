import { expect, it } from 'vitest';
import { answeredCalls } from '../../../src/attribution/threads/answered-calls.js';
import type { AssembledMessage, ContentBlock } from '../../../src/model/message.js';

const answer = (...content: ContentBlock[]): AssembledMessage => ({
  id: null,
  model: null,
  role: 'assistant',
  content,
  stopReason: null,
  complete: true,
  contextManagement: null,
});
const call = (name: string, input: object = {}): ContentBlock => ({
  type: 'tool_use',
  id: `toolu_${name}`,
  name,
  input,
});

it('names the tools that an answer called, with their sources', () => {
  const message = answer(
    { type: 'text', text: 'I look.' },
    call('Read', { file_path: '/a.ts' }),
    call('Skill', { skill: 'bake' }),
    call('mcp__a__b__find'),
    call('Agent', { subagent_type: 'reviewer', prompt: 'Review.' }),
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  );
  expect(answeredCalls(message, { knownServers: ['a__b'], agent: null })).toEqual([
    { source: 'tool:Read', tool: 'Read' },
    { source: 'skill:bake', tool: 'Skill' },
    { source: 'mcp:a__b', tool: 'mcp__a__b__find' },
    { source: 'agent:reviewer', tool: 'Agent' },
    { source: 'tool:web_search', tool: 'web_search' },
  ]);
});

it('finds none in an answer that is missing or malformed', () => {
  const context = { knownServers: [], agent: null };
  expect(answeredCalls(null, context)).toEqual([]);
  expect(answeredCalls(answer({ type: 'tool_use' }, { type: 'tool_use', name: 7 }), context)).toEqual([]);
});

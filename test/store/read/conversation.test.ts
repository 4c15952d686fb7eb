import { expect, it } from 'vitest';
import { openReader } from '../../../src/store/index.js';
import { SESSION, storedConversation } from '../../support/stored-conversation.js';

it('a conversation is the main one of a session, one thread, or an agent, each with its compactions', () => {
  const { file, requests } = storedConversation([
    { tokens: 100 },
    { tokens: 40, purpose: 'title' },
    { tokens: 60, purpose: 'subagent', agentId: 'scout' },
    { tokens: 90, purpose: 'subagent', agentId: 'scout' },
    { tokens: 200 },
    { tokens: 210, purpose: 'compaction' },
    { tokens: 70, purpose: 'compaction', agentId: 'scout' },
    { tokens: 50, continuation: 'compacted' },
    { tokens: 100, sessionId: 'another' },
    { tokens: 30, sessionId: null },
  ]);
  const reader = openReader(file);
  const inputs = (filter: Parameters<typeof reader.conversation>[0]) =>
    reader.conversation(filter).map(({ inputTokens }) => inputTokens);
  expect(inputs({ sessionId: SESSION })).toEqual([100, 200, 210, 50]);
  expect(inputs({ sessionId: SESSION, threadId: requests[0]?.id ?? '' })).toEqual([100, 200, 50]);
  expect(inputs({ agentId: 'scout' })).toEqual([60, 90, 70]);
  expect(inputs({ sessionId: 'another' })).toEqual([100]);
  expect(inputs({ sessionId: 'none' })).toEqual([]);
  expect(inputs({ sessionId: null })).toEqual([30]);
  expect(reader.agents(SESSION)).toEqual([{ agentId: 'scout', requests: 2, maxInputTokens: 90 }]);
  reader.close();
});

it('header values are found in any letter case, and joined', () => {
  const headers: [string, string][] = [
    ['Anthropic-Beta', 'a'],
    ['anthropic-beta', 'b'],
  ];
  const { file, requests } = storedConversation([{ tokens: 100, request: { headers } }, { tokens: 100 }]);
  const reader = openReader(file);
  const ids = requests.map(({ id }) => id);
  expect([...reader.headerValues(ids, 'anthropic-beta')]).toEqual([[ids[0], 'a,b']]);
  reader.close();
});

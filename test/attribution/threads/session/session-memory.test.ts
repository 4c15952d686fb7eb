import { describe, expect, test } from 'vitest';
import { EMPTY_CONTEXT } from '../../../../src/attribution/index.js';
import { createSessionMemory, type SessionMemory } from '../../../../src/attribution/threads/session/session-memory.js';
import type { AssembledMessage } from '../../../../src/model/message.js';

const call = { type: 'tool_use', id: 'a', name: 'Agent', input: { subagent_type: 'scout', prompt: 'Look ahead.' } };
const answer: AssembledMessage = {
  id: null,
  model: null,
  role: 'assistant',
  content: [call],
  stopReason: 'tool_use',
  complete: true,
  contextManagement: null,
};
const request = (...texts: string[]) => ({
  messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }],
});
const ask = (
  memory: SessionMemory,
  body: unknown,
  agentId: string | null = 'agent-1',
  sessionId: string | null = 's',
) => memory.recognize({ sessionId, agentId, body }).context;

describe('a subagent is recognized by the prompt it was called with', () => {
  test('after the call in an answer', () => {
    const memory = createSessionMemory();
    memory.learn({ sessionId: 's', body: request('Go.'), message: answer });
    const { agent } = ask(memory, request('<system-reminder>x</system-reminder>', 'Look ahead.'));
    expect(agent).toEqual({ name: 'scout', prompt: 'Look ahead.' });
    const asked = { sessionId: 's', agentId: 'agent-1', body: request('Look ahead.') };
    expect(memory.recognize(asked).startedBy).toBe('a');
  });

  test('after the call in a later request, without an agent id', () => {
    const memory = createSessionMemory();
    const task = { ...call, name: 'Task', input: { prompt: 'Look back.' } };
    memory.learn({ sessionId: 's', body: { messages: [{ role: 'assistant', content: [task] }] }, message: null });
    const body = { messages: [{ role: 'user', content: 'Look back.' }] };
    expect(ask(memory, body, null).agent?.name).toBe('general-purpose');
  });

  test('behind a message with only reminders', () => {
    const memory = createSessionMemory();
    memory.learn({ sessionId: 's', body: null, message: answer });
    const body = {
      messages: [
        { role: 'user', content: 'Tools: zoft' },
        { role: 'user', content: 'Look ahead.' },
      ],
    };
    expect(ask(memory, body, null).agent?.name).toBe('scout');
    const later = {
      messages: [...body.messages.slice(0, 1), { role: 'assistant', content: '' }, ...body.messages.slice(1)],
    };
    expect(ask(memory, later, null).agent).toBeNull();
  });

  test('and later by its id, when its context was compacted', () => {
    const memory = createSessionMemory();
    memory.learn({ sessionId: 's', body: null, message: answer });
    ask(memory, request('Look ahead.'));
    expect(ask(memory, request('A summary.')).agent?.name).toBe('scout');
    expect(ask(memory, request('A summary.'), 'agent-2').agent).toBeNull();
  });

  test('not in another session', () => {
    const memory = createSessionMemory();
    memory.learn({ sessionId: 's', body: null, message: answer });
    expect(ask(memory, request('Look ahead.'), 'agent-1', 'other').agent).toBeNull();
    expect(ask(memory, request('Look ahead.'), 'agent-1', null)).toEqual({ ...EMPTY_CONTEXT, subagent: true });
  });
});

test('MCP servers that instructions name are known in later requests of the session', () => {
  const memory = createSessionMemory();
  const text = '# MCP Server Instructions\n\n## a__b\nOne.\n\n## Usage\nTwo.';
  memory.learn({ sessionId: 's', body: { tools: [{ name: 'mcp__a__b__c' }], system: text }, message: null });
  expect(ask(memory, request('Hi.')).knownServers).toEqual(['a__b']);
});

test('the context is plain JSON', () => {
  const memory = createSessionMemory();
  memory.learn({ sessionId: 's', body: null, message: answer });
  const context = ask(memory, request('Look ahead.'));
  expect(JSON.parse(JSON.stringify(context))).toEqual(context);
});

test('old sessions are forgotten', () => {
  const memory = createSessionMemory();
  memory.learn({ sessionId: 's', body: null, message: answer });
  for (let index = 0; index < 100; index++) memory.learn({ sessionId: `s${index}`, body: null, message: null });
  expect(ask(memory, request('Look ahead.')).agent).toBeNull();
});

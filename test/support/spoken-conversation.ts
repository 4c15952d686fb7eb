import type { ContentBlock } from '../../src/model/message.js';
import { aBody } from '../store/support/records.js';
import { storedConversation, type Turn } from './stored-conversation.js';

type Message = { role: string; content: string | object[] };

export interface SpokenTurn extends Partial<Turn> {
  messages: readonly Message[];
  answer?: readonly ContentBlock[];
  /** Beside the messages: `system`, `tools`. */
  more?: object;
}

/** A database of requests with these bodies, and answers in JSON. */
export function spokenConversation(turns: readonly SpokenTurn[]) {
  return storedConversation(
    turns.map(({ messages, answer, more, ...turn }) => ({
      tokens: 1_000,
      ...turn,
      request: { body: aBody(JSON.stringify({ model: 'claude-opus-4-5', ...more, messages })), ...turn.request },
      response: {
        headers: [['content-type', 'application/json']],
        body: aBody(
          JSON.stringify({
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            model: 'claude-opus-4-5',
            content: answer ?? [{ type: 'text', text: 'Done.' }],
            stop_reason: 'end_turn',
            usage: { input_tokens: 1, output_tokens: 1 },
          }),
        ),
        ...turn.response,
      },
    })),
  );
}

export const user = (...content: object[]): Message => ({ role: 'user', content });
export const assistant = (...content: object[]): Message => ({ role: 'assistant', content });
export const text = (text: string) => ({ type: 'text', text });
export const call = (id: string, name: string, input: object) => ({ type: 'tool_use', id, name, input });
export const result = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content });

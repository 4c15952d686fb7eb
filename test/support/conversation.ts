import type { FinishedExchange } from '../../src/attribution/index.js';
import type { ContentBlock } from '../../src/model/message.js';
import type { Usage } from '../../src/model/usage.js';
import { SOME_TIME } from './attributed.js';

/** Requests of a conversation, for tests of threads. */

let requests = 0;

export function said(text: string): object {
  return { role: 'user', content: [{ type: 'text', text }] };
}

export function answered(...content: ContentBlock[]): object {
  return { role: 'assistant', content };
}

export function result(id: string, content: string): object {
  return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] };
}

export function call(id: string, name = 'Read', input: object = { file_path: '/zoft' }): ContentBlock {
  return { type: 'tool_use', id, name, input };
}

export function billed(input: number, output: number, more: Partial<Usage> = {}): Usage {
  return { uncached: input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output, webSearches: 0, ...more };
}

/** An exchange of a session, answered with `content`. */
export function exchange(
  body: object,
  usage: Usage | null,
  content: ContentBlock[] = [],
  more: Partial<FinishedExchange> = {},
): FinishedExchange {
  requests += 1;
  return {
    id: `req_${requests}`,
    sessionId: 'quorn',
    agentId: null,
    headers: [],
    model: 'claude-sonnet-4-5',
    at: SOME_TIME,
    body,
    text: JSON.stringify(body),
    usage,
    message: {
      id: null,
      model: null,
      role: 'assistant',
      content,
      stopReason: null,
      complete: true,
      contextManagement: null,
    },
    ...more,
  };
}

import type { FinishedExchange } from '../../../../src/attribution/threads/threads.js';
import { requestId } from '../../../../src/model/ids.js';
import type { ContentBlock } from '../../../../src/model/message.js';

interface Asked {
  /** Its place in the session, from 1. */
  count: number;
  system: string;
  tools: readonly object[];
  messages: readonly object[];
  /** Input tokens of the bill; null: none came. */
  tokens: number | null;
  answer?: ContentBlock[] | null;
}

/** An exchange of one session's main thread, as capture hands it over when it has ended. */
export function finished({ count, system, tools, messages, tokens, answer = null }: Asked): FinishedExchange {
  const body = {
    model: 'claude-sonnet-4-5',
    max_tokens: 32_000,
    system: [{ type: 'text', text: system }],
    tools,
    messages,
  };
  return {
    id: requestId(String(count)),
    sessionId: 's',
    agentId: null,
    headers: [],
    model: body.model,
    at: count,
    body,
    text: JSON.stringify(body),
    usage: tokens === null ? null : { ...NO_TOKENS, uncached: tokens, output: 5 },
    message: answer && {
      id: null,
      model: null,
      role: 'assistant',
      content: answer,
      stopReason: null,
      complete: true,
      contextManagement: null,
    },
  };
}

const NO_TOKENS = { uncached: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, webSearches: 0 };

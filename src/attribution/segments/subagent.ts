import { isObject } from '../json.js';
import { messagesOf, textsOf } from './body-parts.js';

/** What a body itself says of being a subagent's: nothing that a person types there counts. */
export function saysSubagent(body: unknown): boolean {
  if (!isObject(body)) return false;
  for (const text of textsOf(body.system)) {
    if (text.startsWith('x-anthropic-billing-header:') && /\bcc_is_subagent=true\b/.test(text.slice(0, 1_000)))
      return true;
    if (text.startsWith('You are an agent for Claude Code, ')) return true;
  }
  for (const message of messagesOf(body)) {
    if (!isObject(message) || message.role === 'assistant') return false;
    if (message.role !== 'system') continue;
    for (const text of textsOf(message.content)) if (text.startsWith('SubagentStart hook ')) return true;
  }
  return false;
}

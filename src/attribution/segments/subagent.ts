import { isRecord } from '../../base/json.js';
import { messagesOf, textsOf } from './body-parts.js';

const BILLING_HEADER = 'x-anthropic-billing-header:';
const BUILT_IN_AGENT = 'You are an agent for Claude Code, ';
const WORKFLOW_AGENT = 'You are a subagent spawned by a workflow orchestration script';

/** Whether a body is marked as a subagent's, at places that no user types to. */
export function isMarkedSubagent(body: unknown): boolean {
  if (!isRecord(body)) return false;
  for (const text of textsOf(body.system)) {
    if (text.startsWith(BILLING_HEADER) && /\bcc_is_subagent=true\b/.test(text.slice(0, 1_000))) return true;
    if (text.startsWith(BUILT_IN_AGENT) || text.startsWith(WORKFLOW_AGENT)) return true;
  }
  for (const message of messagesOf(body)) {
    if (!isRecord(message) || message.role === 'assistant') return false;
    if (message.role !== 'system') continue;
    for (const text of textsOf(message.content)) if (text.startsWith('SubagentStart hook ')) return true;
  }
  return false;
}

/** Whether the script of a workflow started the agent that sent this. */
export function isWorkflowAgent(body: unknown): boolean {
  if (!isRecord(body)) return false;
  for (const text of textsOf(body.system)) if (text.startsWith(WORKFLOW_AGENT)) return true;
  return false;
}

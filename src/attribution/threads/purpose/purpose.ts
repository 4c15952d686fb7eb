import type { HeaderList } from '../../../model/exchange.js';
import type { Purpose } from '../../../model/purpose.js';
import { PURPOSE_RULES } from './purpose-rules.js';
import { readShape } from './request-shape.js';

export interface PurposeInput {
  /** Parsed request JSON. */
  body: unknown;
  headers: HeaderList;
  /** Claude Code's id of the subagent; null in the main thread, and where the version does not send it. */
  agentId: string | null;
  /** The request opens with the task of an Agent call of its session. */
  isAgentTask: boolean;
}

/**
 * The purpose of a request. Pure, linear, and no body makes it throw. The first row of purpose-rules.ts that fits decides.
 * A request that fits none is a conversation, so that no conversation is mistaken for a side call.
 */
export function purposeOf({ body, headers, agentId, isAgentTask }: PurposeInput): Purpose {
  const shape = readShape(body, headers);
  const rule = PURPOSE_RULES.find(({ test }) => test(shape));
  return rule?.purpose ?? (agentId !== null || isAgentTask ? 'subagent' : 'main');
}

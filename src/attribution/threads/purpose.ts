import type { HeaderList } from '../../model/exchange.js';
import type { Purpose } from '../../model/purpose.js';
import { PURPOSE_RULES } from './purpose-table.js';
import { readShape } from './request-shape.js';

export interface PurposeInput {
  /** Parsed request JSON. */
  body: unknown;
  headers: HeaderList;
  /** Claude Code's id of the subagent; null in the main thread, and where the version does not send it. */
  agentId: string | null;
  /** The request opens with a task that an Agent call of its session gave. */
  isAgentTask: boolean;
}

/**
 * What a request was for. Pure, linear, and no body makes it throw. The first row of purpose-table.ts that fits decides; what
 * no row knows is a conversation, so that none is ever taken for a side call.
 */
export function purposeOf({ body, headers, agentId, isAgentTask }: PurposeInput): Purpose {
  const shape = readShape(body, headers);
  const rule = PURPOSE_RULES.find(({ test }) => test(shape));
  return rule?.purpose ?? (agentId !== null || isAgentTask ? 'subagent' : 'main');
}

import type { McpSender } from '../../model/mcp.js';
import type { RuleTransport } from '../../model/rule.js';
import type { MessageKind, RuleMessage } from '../message.js';
import type { RuleContext } from '../types.js';

/** The fields of a message that are known before it is parsed; undefined if not yet. */
export interface Known {
  server: string;
  transport: RuleTransport;
  sender: McpSender;
  kind?: MessageKind;
  method?: string | null;
  tool?: string | null;
}

export interface Condition {
  /** Whether it holds for every message of which this is known; undefined if that depends on the message. */
  holdsFor(known: Known): boolean | undefined;
  holds(message: RuleMessage, context: RuleContext): boolean;
}

export const ALWAYS: Condition = { holdsFor: () => true, holds: () => true };

export function all(conditions: readonly Condition[]): Condition {
  const [first, ...others] = conditions;
  if (first === undefined) return ALWAYS;
  if (others.length === 0) return first;
  return {
    holdsFor(known) {
      const each = conditions.map((condition) => condition.holdsFor(known));
      return each.includes(false) ? false : each.includes(undefined) ? undefined : true;
    },
    holds(message, context) {
      // A loop: for each message, this is called for each rule.
      for (const condition of conditions) if (!condition.holds(message, context)) return false;
      return true;
    },
  };
}

export function any(conditions: readonly Condition[]): Condition {
  return not(all(conditions.map(not)));
}

export function not(condition: Condition): Condition {
  return {
    holdsFor(known) {
      const holds = condition.holdsFor(known);
      return holds === undefined ? undefined : !holds;
    },
    holds: (message, context) => !condition.holds(message, context),
  };
}

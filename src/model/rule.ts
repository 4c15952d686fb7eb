import { MCP_TRANSPORTS } from './mcp.js';

/** Actions on the HTTP requests that carry messages: only the gateway has these. */
export const GATEWAY_ACTIONS = ['respond', 'redirect', 'set_header', 'remove_header'] as const;

/** The actions of rules. */
export const RULE_ACTIONS = [
  'tag',
  'alert',
  'redact',
  'delay',
  'modify',
  'mock',
  'block',
  'pause',
  'fault',
  ...GATEWAY_ACTIONS,
] as const;
export type RuleAction = (typeof RULE_ACTIONS)[number];

/** These do not change messages, so the configuration may have them. */
export const PASSIVE_ACTIONS = ['tag', 'alert', 'redact'] as const satisfies readonly RuleAction[];

export function isPassive(action: RuleAction): boolean {
  return PASSIVE_ACTIONS.some((passive) => passive === action);
}

/** Where a message passes. `api`: a request to the Claude API and its answer, which rules read and never change. */
export const RULE_TRANSPORTS = [...MCP_TRANSPORTS, 'api'] as const;
export type RuleTransport = (typeof RULE_TRANSPORTS)[number];

/** An action that a rule took on a message. */
export interface RuleHit {
  rule: string;
  action: RuleAction;
  /** For people: the tag, the text of the alert, the reason, the delay, or why an action had no effect. */
  detail: string | null;
}

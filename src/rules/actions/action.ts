import type { RuleAction } from '../../model/rule.js';
import type { JsonPath } from '../conditions/json-path.js';
import type { RuleMessage } from '../message.js';
import type { RuleContext, RuleStep } from '../types.js';

/** The effect of an action on a message. */
export interface Effect {
  detail: string | null;
  steps?: RuleStep[];
  /** The message as it is from here on. */
  changed?: Buffer;
  /** From the payload of the message. */
  redacts?: readonly JsonPath[];
  /** No later action or rule sees the message. */
  isEnd?: boolean;
  /** Why it did something else than the rule says. */
  error?: string;
}

export interface Acting {
  message: RuleMessage;
  context: RuleContext;
  rule: string;
  /** Which message this is that the rule acts on, from 1. */
  nth: number;
  draw: () => number;
}

/** @throws Error if the action fails: the message then passes as it is */
export interface CompiledAction {
  action: RuleAction;
  act(acting: Acting): Effect;
}

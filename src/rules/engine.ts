import { asBuffer } from '../base/as-buffer.js';
import { describeError } from '../base/error-text.js';
import { RecentMap } from '../base/recent-map.js';
import type { McpSender } from '../model/mcp.js';
import type { RuleHit } from '../model/rule.js';
import type { Acting, CompiledAction, Effect } from './actions/action.js';
import { instead, RULE_ERROR } from './actions/answer.js';
import { type CompiledRule, compileRules } from './compiled-rule.js';
import type { Known } from './conditions/condition.js';
import type { JsonPath } from './conditions/json-path.js';
import { type Called, calledBy, type MessageKind, type RuleMessage, readMessage } from './message.js';
import { redactionsOf } from './redaction.js';
import type { RuleSet } from './rule-set.js';
import type { RuleContext, RuleDecision, RuleEngine, RuleStep, RuleSubject } from './types.js';

/** Servers, methods and tools whose rules are remembered. A hostile client can make up names. */
const MAX_REMEMBERED = 1_000;
const MAX_NAME = 500;

const BACKSLASH = 0x5c;

/** The rules that can match what one side of a server sends. */
interface Lane {
  known: Known;
  rules: readonly CompiledRule[];
  /** Spelled as in JSON; null if a rule has no method. */
  methods: readonly Buffer[] | null;
  /** By kind, method and tool. */
  byCall: RecentMap<string, readonly CompiledRule[]>;
}

/**
 * Owns the counts and random numbers of rules: an engine for each connection.
 * @param onFailed called each time that a rule could not be evaluated, or an action had no effect
 */
export function createEngine(
  set: Pick<RuleSet, 'rules' | 'forGateway'>,
  onFailed: (rule: string, error: string) => void = () => {},
): RuleEngine {
  const compiled = compileRules(set, onFailed);
  const lanes = new RecentMap<string, Lane>(MAX_REMEMBERED);
  const laneFor = (sender: McpSender, { server, transport }: Pick<RuleContext, 'server' | 'transport'>) =>
    lanes.take(`${sender} ${transport} ${server}`, () => laneOf(compiled, { server, transport, sender }));
  return {
    concerns: (sender, context) => laneFor(sender, context).rules.length > 0,
    decide(subject, context) {
      if (compiled.length === 0) return null;
      const lane = laneFor(subject.sender, context);
      if (lane.rules.length === 0 || !canMatch(lane, subject)) return null;
      const message = readMessage(subject, context);
      return message === null ? null : apply(lane, message, context);
    },
    status: () => compiled.map(({ id, hits, lastError }) => ({ rule: id, hits, lastError })),
  };
}

function laneOf(compiled: readonly CompiledRule[], known: Known): Lane {
  const rules = compiled.filter(({ condition }) => condition.holdsFor(known) !== false);
  const methods = rules.flatMap((rule) => rule.methods ?? []);
  return {
    known,
    rules,
    methods: rules.some((rule) => rule.methods === null)
      ? null
      : [...new Set(methods)].map((method) => Buffer.from(JSON.stringify(method))),
    byCall: new RecentMap(MAX_REMEMBERED),
  };
}

/** Whether a rule may match a message that was not parsed yet. */
function canMatch(lane: Lane, { bytes, message, request }: RuleSubject): boolean {
  if (request !== undefined) return rulesFor(lane, 'response', calledBy(request)).length > 0;
  if (lane.methods === null || message !== undefined) return true;
  const json = asBuffer(bytes);
  // With an escape, as in `tools\/call`, it is the same method.
  return lane.methods.some((method) => json.includes(method)) || json.includes(BACKSLASH);
}

/** The rules that can match a message of this kind, method and tool. */
function rulesFor(
  { known, rules, byCall }: Lane,
  kind: MessageKind,
  { method, tool }: Called,
): readonly CompiledRule[] {
  const find = () => rules.filter(({ condition }) => condition.holdsFor({ ...known, kind, method, tool }) !== false);
  const length = (method?.length ?? 0) + (tool?.length ?? 0);
  return length > MAX_NAME ? find() : byCall.take(JSON.stringify([kind, method, tool]), find);
}

function apply(lane: Lane, original: RuleMessage, context: RuleContext): RuleDecision | null {
  const hits: RuleHit[] = [];
  const steps: RuleStep[] = [];
  const redacted: JsonPath[] = [];
  const versions = [original];
  let message = original;
  let rules = rulesFor(lane, message.kind, message);
  for (let next = 0, isEnd = false; next < rules.length && !isEnd; next++) {
    const rule = rules[next];
    if (rule === undefined) continue;
    const actions = actionsOf(rule, message, context);
    const { id, draw, hits: nth } = rule;
    for (const action of actions) {
      const effect = effectOf(action, { message, context, rule: id, nth, draw }, rule.failsClosed);
      hits.push({ rule: id, action: action.action, detail: effect.detail });
      if (effect.steps) steps.push(...effect.steps);
      if (effect.redacts) redacted.push(...effect.redacts);
      if (effect.error !== undefined) rule.fail(effect.error);
      const changed = effect.changed && readMessage({ ...message, bytes: effect.changed }, context);
      if (changed) {
        message = { ...changed, request: message.kind === 'response' ? message.request : changed.request };
        versions.push(message);
        // It may be the call of another tool now.
        rules = rulesFor(lane, message.kind, message).filter(({ order }) => order > rule.order);
        next = -1;
      }
      isEnd = effect.isEnd === true;
      if (isEnd) break;
    }
  }
  return hits.length === 0 ? null : { hits, steps, redactions: redactionsOf(redacted, versions) };
}

/** Empty if the rule does not apply. */
function actionsOf(rule: CompiledRule, message: RuleMessage, context: RuleContext): readonly CompiledAction[] {
  if (rule.hits >= rule.limit) return [];
  try {
    if (rule.failsClosed && message.isOutline) throw new Error('the message is too large');
    if (!rule.condition.holds(message, context)) return [];
  } catch (error) {
    const failure = `its conditions could not be evaluated: ${describeError(error)}`;
    if (rule.failsClosed) return [refusing(failure)];
    rule.fail(failure);
    return [];
  }
  if (rule.probability < 1 && rule.draw() >= rule.probability) return [];
  rule.hits++;
  return rule.actions;
}

/** An action that fails changes nothing: the traffic matters more. At the gateway, a change that fails refuses the message. */
function effectOf({ action, act }: CompiledAction, acting: Acting, failsClosed: boolean): Effect {
  try {
    return act(acting);
  } catch (error) {
    if (failsClosed && action === 'modify') return refused(`modify failed: ${describeError(error)}`, acting);
    const failure = `${action} had no effect: ${describeError(error)}`;
    return { detail: failure, error: failure };
  }
}

function refusing(reason: string): CompiledAction {
  return { action: 'block', act: (acting) => refused(reason, acting) };
}

/** The sender does not learn the reason: it may quote the message or the rule. */
function refused(reason: string, acting: Acting): Effect {
  const error = { code: RULE_ERROR.blocked, message: 'The message could not be checked', data: { rule: acting.rule } };
  return { ...instead(acting, { error }, reason), error: reason };
}

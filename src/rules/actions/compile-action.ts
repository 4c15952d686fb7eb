import { describeError } from '../../base/error-text.js';
import { isRecord } from '../../base/json.js';
import { utf8Text } from '../../base/utf8-text.js';
import { protocolOf } from '../../model/mcp-meta.js';
import { RULE_ACTIONS } from '../../model/rule.js';
import { compileJsonPath } from '../conditions/json-path.js';
import type { Action, Mock } from '../file/action-schema.js';
import { payloadOf, type RuleMessage } from '../message.js';
import type { Acting, CompiledAction, Effect } from './action.js';
import { INTERNAL_ERROR, instead, type Outcome, RULE_ERROR } from './answer.js';
import { delayOf } from './delay.js';
import { faulted } from './fault.js';
import { compileRedirect, compileRemoveHeader, compileRespond, compileSetHeader } from './http.js';
import { compileModify } from './modify.js';
import { compileTemplates, type TemplateScope, templateScope } from './template.js';

const DEFAULT_PAUSE_MS = 60_000;

type Act = CompiledAction['act'];

/** @throws Error for what the schema has checked */
export function compileAction(given: Action): CompiledAction {
  for (const action of RULE_ACTIONS) {
    const compile = COMPILE[action];
    const act = compile(given);
    if (act !== null) return { action, act };
  }
  throw new Error('a rule has an action without a name');
}

/** Null if the action is another one. */
const COMPILE: Record<CompiledAction['action'], (given: Action) => Act | null> = {
  tag: ({ tag }) => (tag === undefined ? null : () => ({ detail: tag })),
  alert: ({ alert }) => (alert === undefined ? null : () => ({ detail: alert })),
  redact({ redact }) {
    if (redact === undefined) return null;
    const redacts = [redact].flat().map(compileJsonPath);
    const detail = redacts.map(({ text }) => text).join(', ');
    return () => ({ detail, redacts });
  },
  delay: ({ delay }) =>
    delay === undefined ? null : (acting) => delayed(delayOf(delay, acting.nth, acting.draw), acting),
  modify: ({ modify }) => (modify === undefined ? null : modifying(modify)),
  mock: ({ mock }) => (mock === undefined ? null : mocking(mock)),
  block: ({ block }) => (block === undefined ? null : (acting) => blocked(block.reason, acting)),
  pause({ pause }) {
    if (pause === undefined) return null;
    const limitMs = pause.limit_ms ?? DEFAULT_PAUSE_MS;
    return ({ rule }) => ({ detail: `for at most ${limitMs} ms`, steps: [{ do: 'pause', limitMs, rule }] });
  },
  fault: ({ fault: given }) => (given === undefined ? null : (acting) => faulted(given, acting)),
  respond: ({ respond }) => (respond === undefined ? null : compileRespond(respond)),
  redirect: ({ redirect }) => (redirect === undefined ? null : compileRedirect(redirect)),
  set_header: ({ set_header: headers }) => (headers === undefined ? null : compileSetHeader(headers)),
  remove_header: ({ remove_header: names }) => (names === undefined ? null : compileRemoveHeader([names].flat())),
};

function delayed(ms: number, { rule }: Acting): Effect {
  return { detail: `${ms} ms`, steps: ms > 0 ? [{ do: 'delay', ms, rule }] : [] };
}

function modifying(given: NonNullable<Action['modify']>): Act {
  const modify = compileModify(given);
  return ({ message, rule }) => {
    if (message.isOutline) throw new Error('the message is too large to change');
    const changed = modify(message);
    if (changed.equals(message.bytes)) return { detail: 'nothing to change' };
    checkMessage(changed, message);
    return { detail: null, changed, steps: [{ do: 'replace', bytes: changed, rule }] };
  };
}

/** @throws Error if the message would not be valid JSON-RPC */
function checkMessage(changed: Buffer, before: RuleMessage): void {
  const body: unknown = JSON.parse(utf8Text(changed));
  const field = payloadOf(before);
  const payload = isRecord(body) ? body[field] : null;
  const isValid =
    field === 'params'
      ? payload === undefined || isRecord(payload) || Array.isArray(payload)
      : isRecord(payload) &&
        (field === 'result' || (Number.isInteger(payload.code) && typeof payload.message === 'string'));
  if (!isValid) throw new Error(`the changed ${field} would not be valid JSON-RPC`);
}

function mocking(mock: Mock): Act {
  const outcomeOf = mock.error === undefined ? resultOf(mock.result) : errorOf(mock.error);
  return (acting) => {
    const { rule } = acting;
    try {
      const outcome = ofRevision(outcomeOf(templateScope(acting)), acting.message);
      return instead(acting, outcome, mock.error === undefined ? 'a result' : 'an error');
    } catch (error) {
      // The server must not get a call that a mock should answer.
      const reason = `mock failed: ${describeError(error)}`;
      return {
        ...instead(acting, { error: { code: INTERNAL_ERROR, message: `${reason} (rule ${rule})` } }, reason),
        error: reason,
      };
    }
  };
}

/** Requests of 2026-07-28 name their revision, and a result without its type is not valid there. */
function ofRevision(outcome: Outcome, { params }: RuleMessage): Outcome {
  if (!('result' in outcome) || !isRecord(outcome.result) || protocolOf(params) === null) return outcome;
  return { result: { resultType: 'complete', ...outcome.result } };
}

function resultOf(given: unknown): (scope: TemplateScope) => Outcome {
  const render = compileTemplates(given);
  return (scope) => ({ result: render(scope) });
}

function errorOf({ code, message, data }: NonNullable<Mock['error']>): (scope: TemplateScope) => Outcome {
  const text = compileTemplates(message);
  const more = data === undefined ? null : compileTemplates(data);
  return (scope) => ({
    error: { code, message: String(text(scope)), ...(more === null ? {} : { data: more(scope) }) },
  });
}

function blocked(reason: string, acting: Acting): Effect {
  const error = { code: RULE_ERROR.blocked, message: reason, data: { rule: acting.rule } };
  return instead(acting, { error }, reason);
}

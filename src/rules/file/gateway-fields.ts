import { GATEWAY_ACTIONS } from '../../model/rule.js';
import type { Issue } from './issues.js';
import type { Rule } from './schema.js';
import type { When } from './when-schema.js';

const GATEWAY_CONDITIONS = ['http', 'auth'] as const satisfies readonly (keyof When)[];

/** The conditions and actions of rules that only the gateway can honour. */
export function gatewayFieldsOf(rules: readonly Rule[]): Issue[] {
  const conditions = rules.flatMap(({ when = {} }, index) =>
    conditionsOf(when).map((path) => ['rules', index, 'when', ...path]),
  );
  const actions = actionsOf(rules, GATEWAY_ACTIONS);
  return [...conditions, ...actions].map((path) => ({
    path,
    message: `${JSON.stringify(path.at(-1))} works only at the gateway`,
  }));
}

/** The actions that the gateway cannot honour: a paused message waits for somebody at a terminal. */
export function terminalActionsOf(rules: readonly Rule[]): Issue[] {
  const message = 'nobody can let a message pass at the gateway; "delay" holds it for a time';
  return actionsOf(rules, ['pause']).map((path) => ({ path, message }));
}

/** The places of actions with these names. */
function actionsOf(rules: readonly Rule[], names: readonly (keyof Rule['then'][number])[]): Issue['path'][] {
  return rules.flatMap(({ then }, index) =>
    then.flatMap((action, place) =>
      names.filter((name) => action[name] !== undefined).map((name) => ['rules', index, 'then', place, name]),
    ),
  );
}

function conditionsOf(when: When): Issue['path'][] {
  const { all = [], any = [], not } = when;
  return [
    ...GATEWAY_CONDITIONS.filter((name) => when[name] !== undefined).map((name) => [name]),
    ...all.flatMap((inner, index) => conditionsOf(inner).map((path) => ['all', index, ...path])),
    ...any.flatMap((inner, index) => conditionsOf(inner).map((path) => ['any', index, ...path])),
    ...(not === undefined ? [] : conditionsOf(not).map((path) => ['not', ...path])),
  ];
}

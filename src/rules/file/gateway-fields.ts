import { GATEWAY_ACTIONS } from '../../model/rule.js';
import type { Issue } from './issues.js';
import type { Rule, When } from './schema.js';

const GATEWAY_CONDITIONS = ['http', 'auth'] as const satisfies readonly (keyof When)[];

/** The conditions and actions of rules that only the gateway can honour. */
export function gatewayFieldsOf(rules: readonly Rule[]): Issue[] {
  return rules.flatMap(({ when = {}, then }, index) => [
    ...conditionsOf(when).map((path) => problem(['rules', index, 'when', ...path])),
    ...then.flatMap((action, place) =>
      GATEWAY_ACTIONS.filter((name) => action[name] !== undefined).map((name) =>
        problem(['rules', index, 'then', place, name]),
      ),
    ),
  ]);
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

function problem(path: Issue['path']): Issue {
  return { path, message: `${JSON.stringify(path.at(-1))} works only at the gateway` };
}

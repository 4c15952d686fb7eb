import type { CompiledAction } from './actions/action.js';
import { compileAction } from './actions/compile-action.js';
import { all, type Condition } from './conditions/condition.js';
import { scopeOf } from './conditions/scope.js';
import { compileWhen } from './conditions/when.js';
import type { Action } from './file/action-schema.js';
import type { Test } from './file/test-schema.js';
import type { When } from './file/when-schema.js';
import { randomNumbers } from './random.js';
import type { RuleSet } from './rule-set.js';

export interface CompiledRule {
  id: string;
  /** Its place among the rules, by priority. */
  order: number;
  condition: Condition;
  actions: readonly CompiledAction[];
  probability: number;
  limit: number;
  draw: () => number;
  /** At the gateway: messages that it cannot check or change are refused. */
  failsClosed: boolean;
  /** The only methods that can match, or null if all can. */
  methods: readonly string[] | null;
  /** Messages that it acted on. */
  hits: number;
  lastError: string | null;
  fail(error: string): void;
}

/** The rules that are enabled, the highest priority first. */
export function compileRules(
  { rules, forGateway = false }: Pick<RuleSet, 'rules' | 'forGateway'>,
  onFailed: (rule: string, error: string) => void,
): CompiledRule[] {
  return rules
    .filter(({ enabled = true }) => enabled)
    .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
    .map((rule, order): CompiledRule => {
      const { id, when = {}, then, probability = 1, limit = Number.POSITIVE_INFINITY, seed } = rule;
      return {
        id,
        order,
        condition: all([scopeOf(rule), compileWhen(when)]),
        actions: then.map(compileAction),
        probability,
        limit,
        draw: randomNumbers(seed, id),
        failsClosed: forGateway && then.some(isPolicy),
        methods: methodsOf(when),
        hits: 0,
        lastError: null,
        fail(error) {
          this.lastError = error;
          onFailed(id, error);
        },
      };
    });
}

function isPolicy({ block, respond, redirect, mock, modify }: Action): boolean {
  return (block ?? respond ?? redirect ?? mock ?? modify) !== undefined;
}

/** The methods that a condition names; one of `tool` is about calls. */
function methodsOf({ method, tool, all: inner = [] }: When): readonly string[] | null {
  const named = method === undefined ? null : literalsOf(method);
  if (named !== null) return named;
  if (tool !== undefined && !isAbsence(tool)) return ['tools/call'];
  for (const each of inner) {
    const methods = methodsOf(each);
    if (methods !== null) return methods;
  }
  return null;
}

function literalsOf(test: Test): string[] | null {
  const values = typeof test === 'object' && test !== null ? (test.one_of ?? [test.equals]) : [test];
  return values.every((value) => typeof value === 'string') ? values : null;
}

function isAbsence(test: Test): boolean {
  return typeof test === 'object' && test !== null && test.exists === false;
}

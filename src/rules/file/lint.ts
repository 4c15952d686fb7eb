import { isPassive } from '../../model/rule.js';
import { GATEWAY_NAMES, KNOWN_NAMES, unknownVariables } from '../actions/template.js';
import { type Moment, parseMoment } from '../conditions/time.js';
import type { RuleSet } from '../rule-set.js';
import { type Action, actionName } from './action-schema.js';
import type { Rule } from './schema.js';
import type { Test } from './test-schema.js';
import type { When } from './when-schema.js';

export interface Warning {
  path: readonly PropertyKey[];
  message: string;
}

/** Warnings about rules that are valid but probably not what was meant. @param now Unix ms */
export function lintRules({ rules, forGateway = false }: RuleSet, now: number): Warning[] {
  const names = forGateway ? GATEWAY_NAMES : KNOWN_NAMES;
  return rules.flatMap((rule, index) =>
    [...lintRule(rule, names, now), ...lintOrder(rules, index)].map(({ path, message }) => ({
      path: ['rules', index, ...path],
      message,
    })),
  );
}

function lintRule(rule: Rule, names: readonly string[], now: number): Warning[] {
  const { when = {}, then } = rule;
  const warnings: Warning[] = [];
  if (rule.probability === 0) warnings.push({ path: ['probability'], message: 'the rule never acts' });
  const isRandom = rule.probability !== undefined || then.some(({ delay }) => delay?.random ?? delay?.jitter);
  if (isRandom && rule.seed === undefined) {
    warnings.push({ path: ['id'], message: 'without a seed, each run has other random numbers' });
  }
  const altering = then.map(actionName).filter((name) => !isPassive(name));
  if (altering.length > 0 && Object.keys(when).length === 0) {
    warnings.push({
      path: ['then'],
      message: `${altering[0]} applies to every request of every server: there is no "when"`,
    });
  }
  if (altering.length > 0 && isOnlyApi(when)) {
    warnings.push({
      path: ['when', 'transport'],
      message: `${altering[0]} has no effect: the Claude API is never altered`,
    });
  }
  const end = then.findIndex(isEnd);
  const last = then[end];
  if (last !== undefined && end < then.length - 1) {
    const message = `never reached: ${actionName(last)} is the last action of a message`;
    warnings.push({ path: ['then', end + 1], message });
  }
  for (const [place, { mock, respond, set_header }] of then.entries()) {
    for (const [field, templates] of Object.entries({ mock, respond: respond?.body, set_header })) {
      for (const name of unknownVariables(templates, names)) {
        const known = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
        warnings.push({ path: ['then', place, field], message: `templates know ${known}, not ${name}` });
      }
    }
  }
  return [...warnings, ...lintWhen(when, now).map(({ path, message }) => ({ path: ['when', ...path], message }))];
}

function lintWhen(when: When, now: number): Warning[] {
  const warnings: Warning[] = [];
  for (const name of ['method', 'tool', 'server'] as const) {
    if (isStarred(when[name])) {
      warnings.push({ path: [name], message: `the * is a character of the name; for a pattern write { glob: … }` });
    }
  }
  const before = when.time?.before === undefined ? null : parseMoment(when.time.before);
  if (before !== null && isOver(before, now)) {
    warnings.push({ path: ['time', 'before'], message: 'the time has passed' });
  }
  const inner = [
    ...(when.all ?? []).map((each, index) => ({ each, at: ['all', index] })),
    ...(when.any ?? []).map((each, index) => ({ each, at: ['any', index] })),
    ...(when.not === undefined ? [] : [{ each: when.not, at: ['not'] }]),
  ];
  return [
    ...warnings,
    ...inner.flatMap(({ each, at }) =>
      lintWhen(each, now).map(({ path, message }) => ({ path: [...at, ...path], message })),
    ),
  ];
}

/** Whether a rule with the same conditions answers first. */
function lintOrder(rules: readonly Rule[], index: number): Warning[] {
  const rule = rules[index];
  if (rule === undefined || rule.enabled === false) return [];
  const first = rules.find((other, place) => {
    const isBefore =
      (other.priority ?? 0) > (rule.priority ?? 0) || ((other.priority ?? 0) === (rule.priority ?? 0) && place < index);
    const isAlways = other.enabled !== false && other.limit === undefined && (other.probability ?? 1) === 1;
    return (
      isBefore &&
      isAlways &&
      other.then.some(isEnd) &&
      JSON.stringify(other.when ?? {}) === JSON.stringify(rule.when ?? {})
    );
  });
  return first === undefined
    ? []
    : [{ path: ['id'], message: `never reached: ${first.id} answers the same messages first` }];
}

function isEnd({ mock, block, fault, respond, redirect }: Action): boolean {
  const answers = mock ?? block ?? respond ?? redirect;
  return answers !== undefined || (fault !== undefined && fault.kind !== 'slow');
}

function isStarred(test: Test | undefined): boolean {
  return typeof test === 'string' && test.includes('*');
}

function isOnlyApi({ transport }: When): boolean {
  return transport === 'api' || (typeof transport === 'object' && transport.one_of.every((each) => each === 'api'));
}

/** Times without a zone are taken a day later, since the zone may be that of another machine. */
function isOver(moment: Moment, now: number): boolean {
  return 'at' in moment ? moment.at <= now : Date.parse(`${moment.wall}Z`) + 86_400_000 <= now;
}

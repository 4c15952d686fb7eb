import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { actionOf } from './actions.js';
import { whenOf } from './conditions.js';

/*
 * Rules of Shadowcat (`match_conditions`, `actions`). Its form is known from plans (github.com/kevinswiber/tapwire:
 * plans/archive/011-phase4-completion-report.md, plans/archive/017-rules-engine-policy-integration-research.md and
 * plans/archive/tasks/012-intercept-actions.md), not from its code. Where they spell a field in several ways, each is read.
 */

export interface ImportedRules {
  /** As in a rules file; not checked. */
  rules: JsonRecord[];
  /** Names the parts that could not be converted. */
  notes: string[];
}

/** A rule of which a condition is missing would act on more than was meant: it is imported switched off. */
export function importShadowcat(document: unknown): ImportedRules {
  const notes: string[] = [];
  const given = Array.isArray(document) ? recordsOf(document) : isRecord(document) ? recordsOf(document.rules) : [];
  const used = new Set<string>();
  const rules = given.flatMap((rule, index) => {
    const id = freeId(stringOf(rule.id) ?? stringOf(rule.name) ?? `rule-${index + 1}`, used);
    let isWhole = true;
    const when = whenOf(conditionsOf(rule), (message) => {
      isWhole = false;
      notes.push(`${id}: ${message}: the rule is switched off`);
    });
    const then = recordsOf(rule.actions).flatMap((action) =>
      actionOf(action, (message) => notes.push(`${id}: ${message}`)),
    );
    if (then.length === 0) {
      notes.push(`${id}: left out, since no action is left`);
      return [];
    }
    const { name, description, priority, enabled, tags } = rule;
    return [
      {
        id,
        ...(typeof name === 'string' && { name }),
        ...(typeof description === 'string' && description !== '' && { description }),
        ...(Array.isArray(tags) && tags.length > 0 && { tags }),
        ...((enabled === false || !isWhole) && { enabled: false }),
        ...(typeof priority === 'number' && priority !== 0 && { priority: Math.trunc(priority) }),
        when: { ...scope(when), ...when },
        then,
      },
    ];
  });
  return { rules, notes };
}

/** Shadowcat's rules see both directions if they name none. */
function scope(when: JsonRecord): JsonRecord {
  const text = JSON.stringify(when);
  return /"(method|direction|kind)":/.test(text)
    ? {}
    : { direction: { one_of: ['client_to_server', 'server_to_client'] } };
}

function conditionsOf(rule: JsonRecord): JsonRecord {
  const found = rule.match_conditions ?? rule.match ?? rule.conditions;
  return isRecord(found) ? found : {};
}

function freeId(wanted: string, used: Set<string>): string {
  const plain =
    wanted
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'rule';
  let id = plain;
  for (let n = 2; used.has(id); n++) id = `${plain}-${n}`;
  used.add(id);
  return id;
}

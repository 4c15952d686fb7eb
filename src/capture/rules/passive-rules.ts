import { RecentMap } from '../../base/recent-map.js';
import type { RuleHit } from '../../model/rule.js';
import type { createEngine, RuleContext, RuleSet, redactBytes } from '../../rules/index.js';

type Rule = RuleSet['rules'][number];

/** What is needed of the rules. Its modules are loaded only where there are rules. */
export interface RuleLibrary {
  createEngine: typeof createEngine;
  redactBytes: typeof redactBytes;
}

export interface PassiveRulesOptions {
  /** The rules of the configuration, which only tag, alert and redact; null without any. */
  set: RuleSet | null;
  /** Other rules act on the messages of MCP servers, and may redact. */
  isRuled: boolean;
  library: RuleLibrary;
}

const MAX_SESSIONS = 1_000;
const MAX_TAGS = 1_000;

/** The rules of a recorder. */
export interface PassiveRules extends PassiveRulesOptions {
  sessions: SessionFacts;
  /** Some may redact values in messages of MCP servers. */
  redactsMessages: boolean;
  /** Some may act on requests to the API, or on its answers. */
  readsRequests: boolean;
  readsAnswers: boolean;
  /** Some may redact values in these. */
  redactsRequests: boolean;
  redactsAnswers: boolean;
}

export function createPassiveRules(options: PassiveRulesOptions): PassiveRules {
  const rules = (options.set?.rules ?? []).filter(({ enabled = true }) => enabled);
  const redacting = rules.filter(({ then }) => then.some(({ redact }) => redact !== undefined));
  return {
    ...options,
    sessions: new SessionFacts(),
    redactsMessages: options.isRuled || redacting.some(({ when }) => when?.transport !== 'api'),
    readsRequests: rules.some((rule) => mayBeOfApi(rule, 'request')),
    readsAnswers: rules.some((rule) => mayBeOfApi(rule, 'response')),
    redactsRequests: redacting.some((rule) => mayBeOfApi(rule, 'request')),
    redactsAnswers: redacting.some((rule) => mayBeOfApi(rule, 'response')),
  };
}

/** Whether the condition of a rule leaves that open. It may never hold. */
function mayBeOfApi({ when = {} }: Rule, wanted: 'request' | 'response'): boolean {
  const { transport = 'api', kind = wanted, direction = DIRECTIONS[wanted] } = when;
  return has(transport, 'api') && has(kind, wanted) && has(direction, DIRECTIONS[wanted]);
}

const DIRECTIONS = { request: 'client_to_server', response: 'server_to_client' } as const;

function has<Name extends string>(names: Name | { one_of: Name[] }, name: Name): boolean {
  return typeof names === 'object' ? names.one_of.includes(name) : names === name;
}

/** What rules may ask about sessions. */
export class SessionFacts {
  readonly #sessions = new RecentMap<string, { tags: Set<string>; startedAt: number }>(MAX_SESSIONS);

  /** @param at unix ms; the first time that a session is asked about counts as its start */
  of(id: string | null, at: number): RuleContext['session'] {
    if (id === null) return { id, tags: [], startedAt: null };
    const { tags, startedAt } = this.#sessions.take(id, () => ({ tags: new Set(), startedAt: at }));
    return { id, tags: [...tags], startedAt };
  }

  /** Keeps the tags among hits. */
  note(id: string | null, hits: readonly RuleHit[]): void {
    const tags = id === null ? undefined : this.#sessions.get(id)?.tags;
    for (const { action, detail } of hits) {
      if (action === 'tag' && detail !== null && tags !== undefined && tags.size < MAX_TAGS) tags.add(detail);
    }
  }
}

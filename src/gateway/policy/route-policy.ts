import { isDeepStrictEqual } from 'node:util';
import { now } from '../../base/clock.js';
import { FailureReports } from '../../mcp/ruled/failure-reports.js';
import { createEngine, type RuleEngine, type RuleSet } from '../../rules/index.js';
import type { Report } from '../facts.js';
import type { GatewayRequest, OpenedSession } from '../request.js';
import { RuledExchange } from './ruled-exchange.js';
import { SessionMessages } from './session-messages.js';

/** The rules of a route. They count for all of its requests in this process. */
export class RoutePolicy {
  readonly #set: RuleSet;
  readonly #engine: RuleEngine;
  readonly #failures: FailureReports;
  readonly #report: Report;
  readonly #sessions = new WeakMap<OpenedSession, SessionMessages>();

  constructor(route: string, set: RuleSet, report: Report) {
    this.#set = set;
    this.#report = report;
    this.#failures = new FailureReports(({ rule, lastError, count }) => {
      const times = count > 1 ? ` (${count} times)` : '';
      report({
        type: 'problem',
        at: now(),
        part: 'rules',
        message: `${route}: rule ${rule} failed${times}: ${lastError}`,
      });
      return true;
    });
    this.#engine = createEngine(set, (rule, error) => this.#failures.note(rule, error));
  }

  /** Whether it has these rules, and so can keep its counts. */
  has({ rules }: RuleSet): boolean {
    return isDeepStrictEqual(rules, this.#set.rules);
  }

  /** @param request its session is the same object as in the table of sessions */
  open(request: GatewayRequest): RuledExchange {
    return new RuledExchange({
      engine: this.#engine,
      request,
      session: request.session && this.#messagesOf(request.session),
      report: this.#report,
    });
  }

  #messagesOf(session: OpenedSession): SessionMessages {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const made = new SessionMessages();
    this.#sessions.set(session, made);
    return made;
  }
}

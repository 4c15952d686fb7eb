import { describeError } from '../../base/error-text.js';
import {
  createEngine,
  parseRules,
  type RuleContext,
  type RuleDecision,
  type RuleEngine,
  type RuleSet,
  type RuleSubject,
} from '../../rules/index.js';
import type { FailureReports } from './failure-reports.js';

/** The rules that act now. A message is decided by one set as a whole: `use` replaces it between two messages. */
export class ActiveRules {
  readonly #onFailed: (message: string) => void;
  readonly #failures: FailureReports;
  #text: string | null = null;
  #engine: RuleEngine | null = null;

  /**
   * @param onFailed called when a message could not be decided, and passed as it was
   * @param failures of the rules that act
   */
  constructor(onFailed: (message: string) => void, failures: FailureReports) {
    this.#onFailed = onFailed;
    this.#failures = failures;
  }

  /** Uses these rules. An equal text changes nothing, and limits keep their counts. @throws RulesError; then the previous rules still act */
  use(text: string, file: string): void {
    if (text !== this.#text) this.useSet(parseRules(text, file), text);
  }

  /** Like `use`, for several connections that share the parsed rules. */
  useSet(set: RuleSet, text: string): void {
    if (text === this.#text) return;
    this.#engine = createEngine(set, (rule, error) => this.#failures.note(rule, error));
    this.#text = text;
    this.#failures.clear();
  }

  /** Null if the message passes byte for byte. */
  decide(subject: RuleSubject, context: RuleContext): RuleDecision | null {
    try {
      return this.#engine?.decide(subject, context) ?? null;
    } catch (error) {
      this.#onFailed(describeError(error));
      return null;
    }
  }
}

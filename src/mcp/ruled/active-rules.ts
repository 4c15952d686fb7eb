import { describeError } from '../../base/error-text.js';
import {
  createEngine,
  parseRules,
  type RuleContext,
  type RuleDecision,
  type RuleEngine,
  type RuleStatus,
  type RuleSubject,
} from '../../rules/index.js';

/** The rules that act now. A message is decided by one set as a whole: `use` replaces it between two messages. */
export class ActiveRules {
  readonly #onFailed: (message: string) => void;
  #text: string | null = null;
  #engine: RuleEngine | null = null;

  /** @param onFailed a message could not be decided, and passed as it was */
  constructor(onFailed: (message: string) => void) {
    this.#onFailed = onFailed;
  }

  /** The same text again changes nothing: limits go on counting. @throws RulesError; the previous rules still act then */
  use(text: string, file: string): void {
    if (text === this.#text) return;
    this.#engine = createEngine(parseRules(text, file));
    this.#text = text;
  }

  status(): RuleStatus[] {
    return this.#engine?.status() ?? [];
  }

  /** Null: the message passes byte for byte. */
  decide(subject: RuleSubject, context: RuleContext): RuleDecision | null {
    try {
      return this.#engine?.decide(subject, context) ?? null;
    } catch (error) {
      this.#onFailed(describeError(error));
      return null;
    }
  }
}

import type { RequestSummary } from '../model/request.js';
import type { ProxyFact } from '../proxy/index.js';
import { notify, printError } from '../text/output/stderr.js';
import { isLive, liveLine } from '../text/reports/live-line.js';
import { describeRun } from '../text/reports/run-totals.js';
import type { Obstacle } from './obstacles.js';
import { SessionTotals } from './session-totals.js';

const NESTED = 'A claude-trace inside this one read the requests, so they are recorded in its database, not here.';

/** Codes of problems that cannot be why no request was seen: those of the panel and of MCP servers. */
const UNRELATED: readonly string[] = ['no_panel', 'panel_failed', 'no_channel', 'not_replayed', 'left_out', 'no_shims'];

/**
 * Prints the messages of `wrap` to stderr. Warnings wait for the end, since a line in the middle would damage the child's screen.
 * With `--live` they are printed at once, unless the panel has the terminal. Each kind is printed once.
 */
export class SessionReport {
  readonly #totals = new SessionTotals();
  readonly #problems = new Map<string, string>();
  readonly #live: boolean;
  readonly #quiet: boolean;
  /** Lines that wait for the terminal; null while it is free. */
  #held: (() => void)[] | null = null;

  constructor({ live, quiet }: { live: boolean; quiet: boolean }) {
    this.#live = live;
    this.#quiet = quiet;
  }

  /** Takes rows as they are committed: when a request is complete, and again when its exchange has ended. */
  committed(rows: readonly RequestSummary[]): void {
    this.#totals.add(rows);
    if (!this.#live) return;
    for (const row of rows.filter(isLive)) this.#say(() => printError(liveLine(row, new Date())));
  }

  fact(fact: ProxyFact): void {
    this.#totals.note(fact);
  }

  /** The last message of a code replaces earlier ones: it has the latest figures. */
  problem = (code: string, message: string): void => {
    if (this.#live && !this.#problems.has(code)) this.#say(() => notify(message));
    this.#problems.set(code, message);
  };

  /** Prints nothing while `work` runs: it has the terminal. */
  async holding<Result>(work: () => Promise<Result>): Promise<Result> {
    const held: (() => void)[] = [];
    this.#held = held;
    try {
      return await work();
    } finally {
      this.#held = null;
      for (const say of held) say();
    }
  }

  /** Session of Claude Code, the last that was seen; null without one. */
  get sessionId(): string | null {
    return this.#totals.sessionId;
  }

  /**
   * @param childRan false: there is nothing to sum up
   * @param obstacles known before the run; printed where they explain what is missing
   * @param network settings of Claude Code that may explain why nothing was seen
   * @param budgets sentences about budgets that are nearly spent
   * @param mcp what was recorded of MCP servers, and what rules did
   */
  print(
    childRan: boolean,
    {
      obstacles,
      network,
      budgets,
      mcp,
    }: {
      obstacles: readonly Obstacle[];
      network: readonly string[];
      budgets: readonly string[];
      mcp: readonly string[];
    },
  ): void {
    if (!this.#live) for (const message of this.#problems.values()) notify(message);
    const failures = this.#totals.failures();
    for (const [message, count] of failures) notify(count > 1 ? `${message} (${count} times)` : message);
    const reasons = childRan ? obstacles.filter((obstacle) => this.#totals.isExplainedBy(obstacle)) : [];
    for (const { message } of reasons) notify(message);
    if (this.#totals.nested > 0) notify(NESTED);
    if (this.#quiet || !childRan) return;
    if (!this.#totals.nothingSeen) {
      notify(`${describeRun(this.#totals.figures())}. See: claude-trace query`);
      for (const line of mcp) notify(`${line}.`);
      for (const budget of budgets) notify(`${budget}.`);
    } else if (this.#totals.nested > 0) return;
    else if (this.#hasProblemOfCapture() || failures.size + reasons.length > 0)
      notify('No requests were seen; see the reason above.');
    else
      notify(
        'No requests were seen: the command made no API call, or bypassed the proxy ' +
          `(${[...network, 'see claude-trace doctor'].join('; ')}).`,
      );
  }

  #hasProblemOfCapture(): boolean {
    return [...this.#problems.keys()].some((code) => !UNRELATED.includes(code));
  }

  #say(line: () => void): void {
    if (this.#held) this.#held.push(line);
    else line();
  }
}

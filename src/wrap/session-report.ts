import type { ProxyFact } from '../proxy/index.js';
import type { RequestRow } from '../store/index.js';
import { notify, printError } from '../text/output/stderr.js';
import { isLive, liveLine } from '../text/reports/live-line.js';
import type { Obstacle } from './obstacles.js';
import { SessionTotals } from './session-totals.js';

const NESTED =
  'A claude-trace inside this one read the requests: they are recorded once, by that one, in its database.';

/**
 * What `wrap` tells its user, all of it on stderr. Warnings wait for the end, since a line of ours in the middle would tear
 * the child's screen; with `--live`, where lines of ours are wanted, they come at once, unless a panel of ours has the
 * terminal. Each kind is told once.
 */
export class SessionReport {
  readonly #totals = new SessionTotals();
  readonly #problems = new Map<string, string>();
  readonly #live: boolean;
  readonly #quiet: boolean;
  /** What waits for the terminal; null while it is free. */
  #held: (() => void)[] | null = null;

  constructor({ live, quiet }: { live: boolean; quiet: boolean }) {
    this.#live = live;
    this.#quiet = quiet;
  }

  /** Rows as they are committed: when a request is complete, and again when its exchange has ended. */
  committed(rows: readonly RequestRow[]): void {
    this.#totals.add(rows);
    if (!this.#live) return;
    for (const row of rows.filter(isLive)) this.#say(() => printError(liveLine(row, new Date())));
  }

  fact(fact: ProxyFact): void {
    this.#totals.note(fact);
  }

  /** The last message of a kind counts: it has the latest figures. */
  problem(code: string, message: string): void {
    if (this.#live && !this.#problems.has(code)) this.#say(() => notify(message));
    this.#problems.set(code, message);
  }

  /** Says nothing while this runs: the terminal is not for lines. */
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

  /**
   * @param childRan without it there is nothing to sum up
   * @param obstacles what was known to stand in the way; said where it explains what is missing
   * @param network settings of Claude Code that may have to do with it when nothing was seen
   */
  print(
    childRan: boolean,
    { obstacles, network }: { obstacles: readonly Obstacle[]; network: readonly string[] },
  ): void {
    if (!this.#live) for (const message of this.#problems.values()) notify(message);
    const failures = this.#totals.failures();
    for (const [message, count] of failures) notify(count > 1 ? `${message} (${count} times)` : message);
    const reasons = childRan ? obstacles.filter((obstacle) => this.#totals.isExplainedBy(obstacle)) : [];
    for (const { message } of reasons) notify(message);
    if (this.#totals.nested > 0) notify(NESTED);
    if (this.#quiet || !childRan) return;
    if (!this.#totals.nothingSeen) notify(`${this.#totals.describe()}. See: claude-trace query`);
    else if (this.#totals.nested > 0) return;
    else if (this.#problems.size + failures.size + reasons.length > 0) notify('0 requests seen, for the reason above.');
    else
      notify(
        '0 requests seen: the command made no API call, or went past the proxy ' +
          `(${[...network, 'see claude-trace doctor'].join('; ')}).`,
      );
  }

  #say(line: () => void): void {
    if (this.#held) this.#held.push(line);
    else line();
  }
}

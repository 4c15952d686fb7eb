import { correlationOf, turnId } from '../../model/ids.js';
import type { ThreadAttribution } from '../../model/thread.js';
import { createTurnRemoval } from '../retention/ended-requests.js';
import { sqlList } from '../sql-list.js';
import type { Database } from '../sqlite.js';

/** Joins requests of kind `messages` to turns: what a person asked, and the requests that answered it. */
export interface TurnWriter {
  /** Joins a request that was just stored, if it carries Claude Code's id of its prompt. */
  begin(request: number): void;
  /**
   * Joins a request that has ended, and names its prompt. Without a prompt id, a new prompt of the main conversation opens a turn,
   * a request that continues another is in its turn, and any other is in the turn that was current when it began.
   *
   * @param attribution null when it failed
   */
  settle(request: number, attribution: Pick<ThreadAttribution, 'prompt' | 'place'> | null): void;
}

/** Claude Code asks for a title, or whether the topic is new, when a prompt was typed: sometimes before it sends the prompt. */
const ASKED_WITH_PROMPT = ['title', 'topic'];
const MAX_AHEAD_MS = 10_000;

interface Joined {
  n: number;
  id: string;
  session: number | null;
  prompt_id: string | null;
  initiated: number;
  turn: number | null;
}

/** Must be called in the transaction that stores the request, or its attribution. */
export function createTurnWriter(db: Database): TurnWriter {
  const find = db.prepare<[number], Joined>(`
    SELECT n, id, session, prompt_id, initiated, turn FROM captured_requests WHERE n = ? AND kind = 'messages'`);
  const turnOfPromptId = db
    .prepare<[Joined], number>('SELECT n FROM turns WHERE session IS @session AND prompt_id = @prompt_id')
    .pluck();
  const turnById = db.prepare<[string], number>('SELECT n FROM turns WHERE id = ?').pluck();
  const turnOfRequest = db.prepare<[string], number | null>('SELECT turn FROM captured_requests WHERE id = ?').pluck();
  const turnAt = db.prepare<[{ session: number | null; at: number }], { n: number; prompt: string | null }>(`
    SELECT n, prompt FROM turns WHERE session IS @session AND started_at <= @at ORDER BY started_at DESC, n DESC LIMIT 1`);
  const nearestTurn = db
    .prepare<[{ session: number | null; at: number }], number>(`
      SELECT n FROM turns WHERE session IS @session AND started_at <= @at + ${MAX_AHEAD_MS}
      ORDER BY abs(started_at - @at), n LIMIT 1`)
    .pluck();
  const isAnswered = db.prepare<[{ turn: number; before: number }], number>(`
    SELECT 1 FROM captured_requests r JOIN captured_responses p ON p.request = r.n JOIN thread_places t ON t.request = r.n
    WHERE r.turn = @turn AND r.initiated < @before AND p.billed = 1 AND t.purpose = 'main' LIMIT 1`);
  const insert = db.prepare(`
    INSERT INTO turns (id, session, prompt_id, prompt, started_at) VALUES (@id, @session, @prompt_id, @prompt, @initiated)`);
  const startEarlier = db.prepare('UPDATE turns SET started_at = min(started_at, @initiated) WHERE n = @turn');
  const name = db.prepare('UPDATE turns SET prompt = @prompt WHERE n = @turn');
  const nameOnce = db.prepare('UPDATE turns SET prompt = coalesce(prompt, @prompt) WHERE n = @turn');
  const join = db.prepare('UPDATE captured_requests SET turn = @turn WHERE n = @n');
  const removeEmpty = createTurnRemoval(db);
  // Requests that ended before the one that opened their turn. Those that continue another are in the turn of that one.
  const takeOver = db.prepare(`
    UPDATE captured_requests SET turn = @turn WHERE n IN (
      SELECT r.n FROM captured_requests r
      LEFT JOIN thread_places t ON t.request = r.n
      LEFT JOIN turns before ON before.n = r.turn
      WHERE r.session IS @session AND r.initiated >= @initiated - ${MAX_AHEAD_MS} AND r.initiated < coalesce(
          (SELECT min(started_at) FROM turns WHERE session IS @session AND started_at > @initiated), 9e999)
        AND r.kind = 'messages' AND r.prompt_id IS NULL AND r.n <> @n
        AND t.purpose IS NOT 'main' AND t.previous IS NULL
        AND (r.initiated >= @initiated OR (
          t.purpose IN ${sqlList(ASKED_WITH_PROMPT)}
          AND (before.n IS NULL OR r.initiated - before.started_at > @initiated - r.initiated))))`);

  function add(request: Joined, prompt: string | null): number {
    return Number(insert.run({ ...request, id: turnId(correlationOf(request.id)), prompt }).lastInsertRowid);
  }

  function open(request: Joined, prompt: string): number {
    const own = turnById.get(turnId(correlationOf(request.id)));
    if (own !== undefined) {
      name.run({ turn: own, prompt });
      return own;
    }
    const last = turnAt.get({ session: request.session, at: request.initiated });
    // Claude Code sends a prompt again after an error.
    const isRetry = last?.prompt === prompt && !isAnswered.get({ turn: last.n, before: request.initiated });
    if (isRetry) return last.n;
    const turn = add(request, prompt);
    takeOver.run({ ...request, turn });
    return turn;
  }

  function turnOfRest({ session, initiated }: Joined, place: ThreadAttribution['place'] | undefined): number | null {
    const previous = place?.previousId ?? null;
    const before = previous === null ? null : turnOfRequest.get(previous);
    if (before !== null && before !== undefined) return before;
    const moment = { session, at: initiated };
    const isOfPrompt = place !== undefined && ASKED_WITH_PROMPT.includes(place.purpose);
    return (isOfPrompt ? nearestTurn.get(moment) : turnAt.get(moment)?.n) ?? null;
  }

  function joinTo({ n, turn: before }: Joined, turn: number | null): void {
    if (turn === before) return;
    join.run({ n, turn });
    if (before !== null) removeEmpty(before);
  }

  function joinByPromptId(request: Joined): number {
    const turn = turnOfPromptId.get(request) ?? add(request, null);
    startEarlier.run({ turn, initiated: request.initiated });
    joinTo(request, turn);
    return turn;
  }

  return {
    begin(n) {
      const request = find.get(n);
      if (request !== undefined && request.prompt_id !== null) joinByPromptId(request);
    },
    settle(n, attribution) {
      const request = find.get(n);
      if (request === undefined) return;
      const prompt = attribution?.prompt ?? null;
      if (request.prompt_id !== null) nameOnce.run({ turn: joinByPromptId(request), prompt });
      else joinTo(request, prompt === null ? turnOfRest(request, attribution?.place) : open(request, prompt));
    },
  };
}

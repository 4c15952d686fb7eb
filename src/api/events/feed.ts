import { toJsonRow } from '../../base/json-row.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { Reader } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { describeProgress, describeRequest } from '../rows.js';

/** Some events as sent over the wire, and the number of the last. */
interface Batch {
  text: string;
  last: number;
}

/** The events of a database, for any number of streams. */
export interface Feed {
  /** The position behind the last event. @throws StoreError */
  now(): number;
  /** The next events behind this position (0: all that are kept). Null without any, or if the database fails: then all streams end. */
  after(position: number): Batch | null;
  /** Notifies whenever there may be new events. @returns ends that */
  follow(follower: Follower): () => void;
  /** Sends growing answers to the followers that can take them now. */
  progress(answers: readonly AnswerProgress[]): void;
  /** Ends all streams. */
  close(): void;
}

export interface Follower {
  onMore(): void;
  /** An event without a number, which is not repeated. */
  onProgress(event: string): void;
  onEnd(): void;
}

export interface FeedEvents {
  /** The database failed. */
  onFailure(error: unknown): void;
  /** The first follower came, or the last one left. */
  onFollowed(followed: boolean): void;
}

/** A check for commits costs microseconds. */
const POLL_MS = 100;
const BATCH = 50;

/** Each stream reads the database from its own position, so nothing waits in memory for slow clients. */
export function createFeed({ ask, askOnce }: Connections, { onFailure, onFollowed }: FeedEvents): Feed {
  const followers = new Set<Follower>();
  let version = 0;
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    try {
      const now = ask((reader) => reader.version());
      if (now === version) return;
      version = now;
      for (const { onMore } of followers) onMore();
    } catch (error) {
      fail(error);
    }
  }

  /** Clients that connect again continue at their position, or get the error. */
  function fail(error: unknown): void {
    onFailure(error);
    endAll();
  }

  function endAll(): void {
    for (const { onEnd } of [...followers]) onEnd();
  }

  return {
    now: () => ask((reader) => reader.keptChanges().last),
    after(position) {
      try {
        // Most streams are at the same position.
        return askOnce(`events ${position}`, (reader) => readBatch(reader, position));
      } catch (error) {
        // An exception in a stream would leave its timers running and send its text to the client.
        fail(error);
        return null;
      }
    },
    follow(follower) {
      followers.add(follower);
      if (timer === null) {
        timer = setInterval(look, POLL_MS);
        onFollowed(true);
      }
      return () => {
        followers.delete(follower);
        if (followers.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
        onFollowed(false);
      };
    },
    progress(answers) {
      const data = JSON.stringify({ type: 'progress', answers: answers.map(describeProgress) });
      for (const { onProgress } of followers) onProgress(`event: progress\ndata: ${data}\n\n`);
    },
    close: endAll,
  };
}

function readBatch(reader: Reader, position: number): Batch | null {
  const { first, last } = reader.keptChanges();
  if (position !== 0 && (position > last || position < first - 1)) return missed(last);
  const changes = reader.changes(position, BATCH);
  const end = changes.at(-1);
  if (end === undefined) return null;
  const rows = byId(reader.rows(changes.flatMap(({ requestId }) => requestId ?? [])));
  const calls = byId(reader.mcpCallRows(changes.flatMap(({ mcpCallId }) => mcpCallId ?? [])));
  const alerts = byId(reader.alerts(changes.flatMap(({ alertId }) => alertId ?? [])));
  const text = changes.map(({ n, ...change }) => {
    const row = rows.get(change.requestId ?? '');
    const call = calls.get(change.mcpCallId ?? '');
    const alert = alerts.get(change.alertId ?? '');
    const isRated = change.type.startsWith('feedback') && row !== undefined;
    return event(n, change.type, {
      ...toJsonRow(change),
      request: row === undefined ? null : describeRequest(row),
      feedback: isRated ? toJsonRow(reader.rating(row.id)) : null,
      mcp_call: call === undefined ? null : toJsonRow(call),
      alert: alert === undefined ? null : toJsonRow(alert),
    });
  });
  return { text: text.join(''), last: end.n };
}

function byId<Row extends { id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The events behind the client's position are no longer kept, or it is of another database. */
function missed(last: number): Batch {
  const data = { type: 'reset', message: 'Some changes are no longer kept. Reload what you need.' };
  return { text: event(last, 'reset', data), last };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html: JSON has no line breaks. */
function event(id: number, type: string, data: object): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

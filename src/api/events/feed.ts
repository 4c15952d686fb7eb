import type { AnswerProgress } from '../../model/progress.js';
import type { Reader } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { describeProgress, describeRequest } from '../rows.js';

/** Some events as they go over the wire, and the number of the last. */
interface Batch {
  text: string;
  last: number;
}

/** What happens in the database, for any number of streams. */
export interface Feed {
  /** Where somebody stands who has seen all that is. @throws StoreError */
  now(): number;
  /** The next events behind this number, 0: all that are kept. Null when there are none, or the database cannot be asked: then all streams end. */
  after(position: number): Batch | null;
  /** Calls whenever there may be more. */
  follow(follower: Follower): () => void;
  /** Tells of answers while they come: in passing, to whoever reads at this moment. */
  progress(answers: readonly AnswerProgress[]): void;
  /** Ends all streams. */
  close(): void;
}

export interface Follower {
  onMore(): void;
  /** Of no number, and not told again. */
  onPassing(event: string): void;
  onEnd(): void;
}

export interface FeedEvents {
  /** The database cannot be asked. */
  onFailure(error: unknown): void;
  /** Somebody follows, or nobody any more. */
  onFollowed(followed: boolean): void;
}

/** Asking whether anything was committed costs microseconds. */
const LOOK_EACH_MS = 100;
const BATCH = 50;

/** Streams ask the database, each from where it stands: nothing waits in memory for the slowest. */
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

  /** Whoever connects again goes on from where he stood, or learns what is wrong. */
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
        // Streams mostly stand at the same place.
        return askOnce(`events ${position}`, (reader) => readBatch(reader, position));
      } catch (error) {
        // A stream that failed in its own way would leave its timers behind, and a text of its own to the client.
        fail(error);
        return null;
      }
    },
    follow(follower) {
      followers.add(follower);
      if (timer === null) {
        timer = setInterval(look, LOOK_EACH_MS);
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
      for (const { onPassing } of followers) onPassing(`event: progress\ndata: ${data}\n\n`);
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
  const rows = new Map(reader.rows(changes.map(({ request_id: id }) => id)).map((row) => [row.id, row]));
  const text = changes.map(({ n, ...change }) => {
    const row = rows.get(change.request_id);
    const isRated = change.type.startsWith('feedback') && row !== undefined;
    return event(n, change.type, {
      ...change,
      request: row === undefined ? null : describeRequest(row),
      feedback: isRated ? reader.rating(row.id) : null,
    });
  });
  return { text: text.join(''), last: end.n };
}

/** The changes behind that number are not kept, or it is of another database. */
function missed(last: number): Batch {
  const data = { type: 'reset', message: 'Changes were missed that are not kept any more: read what you need anew.' };
  return { text: event(last, 'reset', data), last };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html: JSON has no line breaks. */
function event(id: number, type: string, data: object): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

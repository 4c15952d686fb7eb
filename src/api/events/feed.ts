import type { Reader } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { describeRequest } from '../rows.js';

/** Some events as they go over the wire, and the number of the last. */
interface Batch {
  text: string;
  last: number;
}

/** What happens in the database, for any number of streams. */
export interface Feed {
  /** Where somebody stands who has seen all that is. */
  now(): number;
  /** The next events behind this number; null when there are none. @throws StoreError */
  after(position: number): Batch | null;
  /** Calls whenever there may be more. */
  follow(follower: Follower): () => void;
  /** Ends all streams. */
  close(): void;
}

export interface Follower {
  onMore(): void;
  onEnd(): void;
}

/** Asking whether anything was committed costs microseconds. */
const LOOK_EACH_MS = 100;
const BATCH = 50;

/** Streams ask the database, each from where it stands: nothing waits in memory for the slowest. */
export function createFeed({ ask, askOnce }: Connections, onFailure: (error: unknown) => void): Feed {
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
      // Whoever connects again goes on from where he stood, or learns what is wrong.
      onFailure(error);
      endAll();
    }
  }

  function endAll(): void {
    for (const { onEnd } of [...followers]) onEnd();
  }

  return {
    now: () => ask((reader) => reader.keptChanges().last),
    // Streams mostly stand at the same place.
    after: (position) => askOnce(`events ${position}`, (reader) => readBatch(reader, position)),
    follow(follower) {
      followers.add(follower);
      timer ??= setInterval(look, LOOK_EACH_MS);
      return () => {
        followers.delete(follower);
        if (followers.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
      };
    },
    close: endAll,
  };
}

function readBatch(reader: Reader, position: number): Batch | null {
  const { first, last } = reader.keptChanges();
  if (position > last || position < first - 1) return missed(last);
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

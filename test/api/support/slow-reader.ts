import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { LOCAL_USER, openDatabase, openStore } from '../../../src/store/index.js';
import { createChangeLog } from '../../../src/store/write/changes.js';
import { type Served, TOKEN } from './served.js';

/** A client that asks for more events than the sockets of both sides take in, and reads none. */
export function slowReader({ api, file, exchanges }: Served): Socket {
  const store = openStore(file);
  const request = exchanges.find(({ rating }) => rating === null)?.request.id ?? '';
  const feedback = store.ratings.add(request, { rating: 1, comment: '.'.repeat(2_000) }, LOCAL_USER);
  store.close();
  const db = openDatabase(file, { readonly: false });
  const note = createChangeLog(db);
  db.transaction(() => {
    for (let n = 0; n < 9_000; n++) note('feedback.updated', request, feedback.id);
  })();
  db.close();
  const slow = connect(api.port, '127.0.0.1');
  slow.write(
    `GET /api/claude/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nLast-Event-ID: 0\r\n\r\n`,
  );
  slow.pause();
  // Who does not read learns by writing that he was cut off. Before a request HTTP passes over empty lines: all else is a
  // reason to hang up.
  const knocking = setInterval(() => slow.write('\r\n'), 50);
  onTestFinished(() => {
    clearInterval(knocking);
    slow.destroy();
  });
  return slow;
}

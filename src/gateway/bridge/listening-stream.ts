import { setTimeout as delay } from 'node:timers/promises';
import { discard, FIRST_RETRY_MS, LONGEST_RETRY_MS, readEvents, type Take } from './read-answer.js';
import type { ServerSession } from './server-session.js';

/** Reads what the server sends unasked, until the signal is aborted or the session ends. Never throws. */
export async function listen(session: ServerSession, take: Take, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
    try {
      const answer = await session.getStream(lastId, signal);
      // 405: it sends nothing unasked. 404: the next message opens another session, and with it another stream.
      if (answer.status >= 400 && answer.status < 500) return await discard(answer);
      if (answer.status === 200) {
        const resume = await readEvents(answer, take);
        lastId = resume?.lastId ?? lastId;
        wait = resume?.retryMs ?? FIRST_RETRY_MS;
      } else await discard(answer);
    } catch {
      // It may be back later.
    }
    await delay(wait, undefined, { signal, ref: false }).catch(() => {});
  }
}

import type { SessionUse } from '../session/session-table.js';
import type { SharedRedis } from './redis.js';
import { wholeMs } from './shared-state.js';

/** Sessions that any gateway of a Redis has used lately. While Redis is lost, a gateway knows only its own. */
export function createSessionUse(redis: SharedRedis): SessionUse {
  return {
    note(session, ttlMs) {
      void redis.run<unknown>(
        (client) => client.set(`session:${session}`, '1', 'PX', wholeMs(ttlMs)),
        () => null,
      );
    },
    async isNoted(session) {
      const found = await redis.run(
        (client) => client.exists(`session:${session}`),
        () => 0,
      );
      return found > 0;
    },
  };
}

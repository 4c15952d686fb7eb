import { complaintOf, measureWith } from './client.js';
import type { Contestant } from './contestant.js';
import { startWrappedClient } from './product.js';

/** The product too, with a host that it does not intercept: the same processes and threads, and not a byte decrypted. */
export const blindTunnel: Contestant = {
  name: 'blind tunnel',
  start: async (arena) => {
    const client = startWrappedClient(arena, {});
    return {
      measure: (turn) => measureWith(client, turn),
      settle: async () => {},
      stop: async () => ({ complaints: complaintOf(await client.finish()), capture: null }),
    };
  },
};

import { complaintOf, measureWith, startClient } from './client.js';
import type { Contestant } from './contestant.js';

/** TLS straight to the upstream: what everything is compared with. */
export const direct: Contestant = {
  name: 'direct',
  start: async (arena) => {
    const client = startClient(arena, { NODE_EXTRA_CA_CERTS: arena.caFile });
    return {
      measure: (turn) => measureWith(client, turn),
      settle: async () => {},
      stop: async () => ({ complaints: complaintOf(await client.finish()), capture: null }),
    };
  },
};

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBench, startLineProcess } from '../child-process.js';
import { complaintOf, measureWith, startClient } from './client.js';
import type { Contestant } from './contestant.js';

/** A proxy of others: a program in peers/ that says its port and its authority's certificate. */
export function peer(name: string): Contestant {
  return {
    name,
    start: async (arena) => {
      const env = { ...arena.env, BENCH_FOLDER: arena.folder, NODE_EXTRA_CA_CERTS: arena.caFile };
      const proxy = startLineProcess([process.execPath, fromBench(`peers/${name}.mjs`)], env);
      const { port, caPem } = (await proxy.next()) as { port: number; caPem: string };
      const caFile = join(arena.folder, 'authority.pem');
      writeFileSync(caFile, caPem);
      const client = startClient(arena, { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: caFile });
      return {
        measure: (turn) => measureWith(client, turn),
        settle: async () => {},
        stop: async () => {
          const ends = [await client.finish(), await proxy.finish()];
          return { complaints: ends.map(complaintOf).filter(Boolean).join('\n'), capture: null };
        },
      };
    },
  };
}

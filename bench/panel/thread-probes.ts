import { listenForLines } from './line-socket.js';

/** A thread after garbage collection. */
export interface ThreadMemory {
  name: string;
  /** `heapMb` and `externalMb` together. */
  liveMb: number;
  heapMb: number;
  externalMb: number;
  /** What keeps the event loop alive. */
  resources: string[];
}

/** Asks the threads of a process about their memory. */
export interface ThreadProbes {
  port: number;
  /** Number of threads that have ever connected. */
  count(): number;
  /** @param snapshots a folder for heap snapshots */
  ask(snapshots?: string): Promise<ThreadMemory[]>;
  close(): void;
}

/** For a process whose threads preload probe.mjs, with this port in BENCH_PROBE. */
export async function listenForThreads(): Promise<ThreadProbes> {
  const server = await listenForLines();
  const threads = new Set<Awaited<ReturnType<typeof server.connected>>>();
  let count = 0;
  let isOpen = true;
  void (async () => {
    while (isOpen) {
      threads.add(await server.connected());
      count += 1;
    }
  })();
  return {
    port: server.port,
    count: () => count,
    async ask(snapshots) {
      const answers: ThreadMemory[] = [];
      for (const thread of threads) {
        thread.send(snapshots === undefined ? 'live' : `snapshot ${snapshots}`);
        const answer = await thread.next().catch(() => null);
        if (answer === null) threads.delete(thread);
        else answers.push(answer as ThreadMemory);
      }
      return answers;
    },
    close() {
      isOpen = false;
      server.close();
    },
  };
}

import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { spawnThread } from '../../../../src/runtime/threads/spawn.js';

/** Stands in for a worker thread: keeps what is posted to it, and emits what the test says. */
export class FakeWorker extends EventEmitter {
  readonly posted: { type: string; [field: string]: unknown }[] = [];

  /** @param start what the thread was spawned with */
  constructor(readonly start: Record<string, unknown>) {
    super();
  }

  postMessage(message: { type: string }): void {
    this.posted.push(message);
  }

  says(message: object): void {
    this.emit('message', message);
  }

  /** The thread throws and ends. */
  crashes(message: string): void {
    this.emit('error', new Error(message));
    this.emit('exit');
  }

  async terminate(): Promise<number> {
    this.emit('exit');
    return 1;
  }

  ref(): void {}
  unref(): void {}
}

/** Its `spawn` replaces `spawnThread`: each thread it starts is a FakeWorker in `workers`. */
export function fakeSpawn() {
  const workers: FakeWorker[] = [];
  return {
    workers,
    get latest(): FakeWorker {
      const worker = workers.at(-1);
      if (worker === undefined) throw new Error('No thread was spawned.');
      return worker;
    },
    spawn: ((_name, start) => {
      const worker = new FakeWorker({ ...start });
      workers.push(worker);
      return worker as unknown as Worker;
    }) satisfies typeof spawnThread,
  };
}

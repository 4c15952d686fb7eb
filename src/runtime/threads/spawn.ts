import { Worker } from 'node:worker_threads';
import { API_THREAD, RECORDER_THREAD, TRAFFIC_THREAD } from '../../settings/locations.js';
import type { ApiStart, RecorderStart, TrafficStart } from './messages.js';

/** What each thread is told first; until then it has loaded its code and waits. */
interface Starts {
  traffic: TrafficStart;
  recorder: RecorderStart;
  api: ApiStart;
}

const FILES: Readonly<Record<keyof Starts, URL>> = {
  traffic: TRAFFIC_THREAD,
  recorder: RECORDER_THREAD,
  api: API_THREAD,
};

/**
 * Heap of JavaScript, in MB: beyond it a thread ends with an error, and its supervisor goes on; without it the whole process
 * would be aborted, and the command with it. Bodies are mostly outside of it.
 */
const MAX_HEAP_MB: Readonly<Record<keyof Starts, number>> = { traffic: 1024, recorder: 1024, api: 512 };

function boot(name: keyof Starts): Worker {
  return new Worker(FILES[name], { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB[name] } });
}

const warm = new Map<keyof Starts, Worker>();

/** Boots the threads that the traffic needs before anybody asks for them. Left unused, they do not keep the process alive. */
export function warmUp(): void {
  for (const name of ['traffic', 'recorder'] as const) {
    const worker = boot(name);
    worker.unref();
    // One that dies unasked for must not take us with it: whoever asks then gets a fresh one, and its error.
    worker.on('error', () => warm.delete(name));
    worker.on('exit', () => warm.delete(name));
    warm.set(name, worker);
  }
}

/** A thread of this kind at work: a warm one if there is one. */
export function spawnThread<Name extends keyof Starts>(name: Name, start: Starts[Name]): Worker {
  const worker = warm.get(name) ?? boot(name);
  warm.delete(name);
  worker.ref();
  worker.postMessage(start);
  return worker;
}

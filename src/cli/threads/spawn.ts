import { Worker } from 'node:worker_threads';
import { API_THREAD, RECORDER_THREAD, TRAFFIC_THREAD } from '../locations.js';
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

const warm = new Map<keyof Starts, Worker>();

/** Boots the threads that the traffic needs before anybody asks for them. Left unused, they do not keep the process alive. */
export function warmUp(): void {
  for (const name of ['traffic', 'recorder'] as const) {
    const worker = new Worker(FILES[name]);
    worker.unref();
    // One that dies unasked for must not take us with it: whoever asks then gets a fresh one, and its error.
    worker.on('error', () => warm.delete(name));
    worker.on('exit', () => warm.delete(name));
    warm.set(name, worker);
  }
}

/** A thread of this kind at work: a warm one if there is one. */
export function spawnThread<Name extends keyof Starts>(name: Name, start: Starts[Name]): Worker {
  const worker = warm.get(name) ?? new Worker(FILES[name]);
  warm.delete(name);
  worker.ref();
  worker.postMessage(start);
  return worker;
}

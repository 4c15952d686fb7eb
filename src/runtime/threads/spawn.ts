import { Worker } from 'node:worker_threads';
import { API_THREAD, RECORDER_THREAD, TELEMETRY_THREAD, TRAFFIC_THREAD } from '../../settings/locations.js';
import type { ApiStart, RecorderStart, TelemetryStart, TrafficStart } from './messages.js';
import { makeHelpersYield } from './priority.js';

/** The first message to each thread. Until it comes, the thread has loaded its code and waits. */
interface Starts {
  traffic: TrafficStart;
  recorder: RecorderStart;
  api: ApiStart;
  telemetry: TelemetryStart;
}

const FILES: Readonly<Record<keyof Starts, URL>> = {
  traffic: TRAFFIC_THREAD,
  recorder: RECORDER_THREAD,
  api: API_THREAD,
  telemetry: TELEMETRY_THREAD,
};

/**
 * Heap of JavaScript, in MB. Beyond it a thread ends with an error that its supervisor handles; without a limit the whole
 * process would abort, and the command with it. Bodies are mostly outside of the heap.
 */
const MAX_HEAP_MB: Readonly<Record<keyof Starts, number>> = { traffic: 1024, recorder: 1024, api: 512, telemetry: 512 };

/**
 * Heap of the traffic thread for new objects, in MB, of which V8 fills a third before it collects. Each collection stops the traffic: for 12 ms
 * with V8's own limit, for 2 ms with this one (1,000 connections).
 */
const NEW_OBJECTS_MB = 6;

let isFirst = true;

function boot(name: keyof Starts): Worker {
  if (isFirst) makeHelpersYield();
  isFirst = false;
  const limits = { maxOldGenerationSizeMb: MAX_HEAP_MB[name] };
  const resourceLimits = name === 'traffic' ? { ...limits, maxYoungGenerationSizeMb: NEW_OBJECTS_MB } : limits;
  return new Worker(FILES[name], { resourceLimits });
}

const warm = new Map<keyof Starts, Worker>();

/** Boots the thread that `wrap` needs before it starts the command. It does not keep the process alive. */
export function warmUp(): void {
  const worker = boot('traffic');
  worker.unref();
  // A thread that dies before it is used must not end the process: `spawnThread` boots another one.
  worker.on('error', () => warm.delete('traffic'));
  worker.on('exit', () => warm.delete('traffic'));
  warm.set('traffic', worker);
}

/** The command starts first: a thread that boots beside it would slow it down. Threads that it does not need boot after this time. */
export const AFTER_START_MS = 1_000;

/** Starts a thread; uses a warm one if there is one. */
export function spawnThread<Name extends keyof Starts>(name: Name, start: Starts[Name]): Worker {
  const worker = warm.get(name) ?? boot(name);
  warm.delete(name);
  worker.ref();
  worker.postMessage(start);
  return worker;
}

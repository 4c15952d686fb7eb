/**
 * The load client, a process: reads turns, a JSON line each, and answers each with a measurement. Where it goes it finds in its
 * environment, as Claude Code does: HTTPS_PROXY and NODE_EXTRA_CA_CERTS. Turns come on stdin; where that is a terminal, on a
 * connection to the port BENCH_CONTROL. It ends with them.
 */
import { connect as connectTcp } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './load/connect.js';
import { createExchanger, type Exchanger } from './load/exchange.js';
import type { Measurement, Turn } from './measurement.js';
import { percentile } from './numbers.js';
import { BUSY_SESSION, WORKLOADS, type Workload } from './workloads.js';

/** Exchanges that each connection makes before the clock starts. */
const WARM_UP = 2;
const MAX_ERROR_SAMPLES = 3;

const upstream = new URL(process.env.BENCH_UPSTREAM ?? '');
const proxy = process.env.HTTPS_PROXY ? new URL(process.env.HTTPS_PROXY) : null;
const control = process.env.BENCH_CONTROL ? connectTcp(Number(process.env.BENCH_CONTROL), '127.0.0.1') : null;
let sent = 0;

for await (const line of createInterface({ input: control ?? process.stdin })) {
  const { workload: name, maxSeconds } = JSON.parse(line) as Turn;
  const workload = [...WORKLOADS, BUSY_SESSION].find((each) => each.name === name);
  if (!workload) throw new Error(`unknown workload: ${name}`);
  (control ?? process.stdout).write(`${JSON.stringify(await measure(workload, maxSeconds))}\n`);
}

async function measure(workload: Workload, maxSeconds: number): Promise<Measurement> {
  const latencies: number[] = [];
  const errors: string[] = [];
  const attempt = async <T>(action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      return null;
    }
  };
  const send = (exchanger: Exchanger) => {
    sent += 1;
    return exchanger.exchange(sent);
  };

  const slots = Array.from({ length: workload.connections });
  const opened = await Promise.all(slots.map(() => attempt(() => open(workload, send))));
  const exchangers = opened.filter((each) => each !== null);

  const start = performance.now();
  const deadline = start + maxSeconds * 1000;
  let started = 0;
  await Promise.all(
    exchangers.map(async (exchanger) => {
      while (started < workload.maxRequests && performance.now() < deadline) {
        started += 1;
        const latency = await attempt(() => send(exchanger));
        // The connection is in doubt now; the others go on, and the error counts.
        if (latency === null) return;
        latencies.push(latency);
        if (workload.pauseMs !== undefined) await sleep(workload.pauseMs);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const exchanger of exchangers) exchanger.close();
  return {
    requests: latencies.length,
    errors: errors.length,
    errorSamples: [...new Set(errors)].slice(0, MAX_ERROR_SAMPLES),
    seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    sentSoFar: sent,
  };
}

async function open(workload: Workload, send: (exchanger: Exchanger) => Promise<number>): Promise<Exchanger> {
  const socket = await connect(upstream.hostname, Number(upstream.port), proxy);
  const exchanger = createExchanger(socket, upstream.host, workload);
  for (let index = 0; index < WARM_UP; index += 1) await send(exchanger);
  return exchanger;
}

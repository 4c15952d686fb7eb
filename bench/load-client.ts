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
import { createStampReader } from './load/stamps.js';
import type { Measurement, Turn } from './measurement.js';
import { percentile } from './numbers.js';
import { BUSY_SESSION, PACED, SMALL, THOUSAND, WORKLOADS, type Workload } from './workloads.js';

/** Small exchanges that each connection makes before the clock starts. */
const WARM_UP = 2;
const MAX_ERROR_SAMPLES = 3;

const upstream = new URL(process.env.BENCH_UPSTREAM ?? '');
const proxy = process.env.HTTPS_PROXY ? new URL(process.env.HTTPS_PROXY) : null;
const control = process.env.BENCH_CONTROL ? connectTcp(Number(process.env.BENCH_CONTROL), '127.0.0.1') : null;
let sent = 0;

for await (const line of createInterface({ input: control ?? process.stdin })) {
  const { workload: name, maxSeconds } = JSON.parse(line) as Turn;
  const workload = [...WORKLOADS, BUSY_SESSION, PACED, THOUSAND].find((each) => each.name === name);
  if (!workload) throw new Error(`unknown workload: ${name}`);
  (control ?? process.stdout).write(`${JSON.stringify(await measure(workload, maxSeconds))}\n`);
}

async function measure(workload: Workload, maxSeconds: number): Promise<Measurement> {
  const latencies: number[] = [];
  const errors: string[] = [];
  const paced: NonNullable<Measurement['paced']> = { firstByteMs: [], eventMs: [] };
  const attempt = async <T>(action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      return null;
    }
  };
  const send = (exchanger: Exchanger, kind: Workload) => {
    sent += 1;
    return exchanger.exchange(sent, kind);
  };
  const open = async (): Promise<Connection> => {
    const socket = await connect(upstream.hostname, Number(upstream.port), proxy);
    let isWaiting = false;
    const read = createStampReader();
    const onBytes = (bytes: Buffer, sinceMs: number) => {
      if (isWaiting) paced.firstByteMs.push(sinceMs);
      isWaiting = false;
      paced.eventMs.push(...read(bytes));
    };
    const exchanger = createExchanger(socket, upstream.host, workload.pace && onBytes);
    const warmUp = workload.pace ? SMALL : workload;
    for (let index = 0; index < WARM_UP; index += 1) await send(exchanger, warmUp);
    const exchange = () => {
      isWaiting = true;
      return send(exchanger, workload);
    };
    return { exchange, close: exchanger.close };
  };

  const slots = Array.from({ length: workload.connections });
  const opened = await Promise.all(slots.map(() => attempt(open)));
  const connections = opened.filter((each) => each !== null);

  const { pauseMs, isSpread = false } = workload;
  const start = performance.now();
  const deadline = start + maxSeconds * 1000;
  let started = 0;
  await Promise.all(
    connections.map(async ({ exchange }, index) => {
      if (isSpread && pauseMs !== undefined) await sleep((pauseMs * index) / connections.length);
      while (started < workload.maxRequests && performance.now() < deadline) {
        started += 1;
        const latency = await attempt(exchange);
        // The connection is in doubt now; the others go on, and the error counts.
        if (latency === null) return;
        latencies.push(latency);
        if (pauseMs !== undefined) await sleep(pauseMs);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const { close } of connections) close();
  return {
    requests: latencies.length,
    errors: errors.length,
    errorSamples: [...new Set(errors)].slice(0, MAX_ERROR_SAMPLES),
    seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    paced: workload.pace ? paced : null,
    sentSoFar: sent,
  };
}

interface Connection {
  /** One exchange after the other. Milliseconds. @throws Error */
  exchange(): Promise<number>;
  close(): void;
}

/**
 * The client of a soak, a process: makes the traffic of `SOAK_PLAN` and says in one line how it went. Where it goes it finds in
 * its environment, as Claude Code does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../load/connect.js';
import { createExchanger } from '../load/exchange.js';
import type { Workload } from '../workloads.js';
import type { SoakPlan, SoakTraffic } from './plan.js';

const plan = JSON.parse(process.env.SOAK_PLAN ?? '') as SoakPlan;
const upstream = new URL(process.env.BENCH_UPSTREAM ?? '');
const proxy = process.env.HTTPS_PROXY ? new URL(process.env.HTTPS_PROXY) : null;
const start = performance.now();
const sent: SoakTraffic = { answered: [], errors: [], seconds: 0 };
let started = 0;

/** Each connection waits for its turn, so that all together make the rate. */
const pauseMs = plan.perSecond === null ? 0 : (1_000 * plan.connections) / plan.perSecond;

await Promise.all(Array.from({ length: plan.connections }, (_, index) => drive(index)));
sent.seconds = (performance.now() - start) / 1_000;
console.log(JSON.stringify(sent));

function isOver(): boolean {
  return started >= plan.requests || (plan.seconds !== null && performance.now() - start > plan.seconds * 1_000);
}

async function drive(index: number): Promise<void> {
  const reply = plan.isMixed && index % 2 === 1 ? 'sse' : 'json';
  const workload: Workload = { name: '', title: '', requestBytes: 1_000, reply, connections: 1, maxRequests: 0 };
  try {
    // Not all handshakes at once: nobody opens a thousand connections in a millisecond.
    await sleep((index / plan.connections) * Math.min(plan.connections * 4, pauseMs || Number.POSITIVE_INFINITY));
    const exchanger = createExchanger(await connect(upstream.hostname, Number(upstream.port), proxy), upstream.host);
    for (let next = performance.now(); !isOver(); next += pauseMs) {
      const number = plan.first + started++;
      await exchanger.exchange(number, workload);
      sent.answered.push(number);
      if (pauseMs > 0) await sleep(Math.max(0, next + pauseMs - performance.now()));
    }
    exchanger.close();
  } catch (error) {
    sent.errors.push(error instanceof Error ? error.message : String(error));
  }
}

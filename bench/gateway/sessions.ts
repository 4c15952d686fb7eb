import { INITIALIZE } from '../mcp/connections.js';
import { percentile } from '../numbers.js';
import { cpuOf, type ProcessFigures, processFigures } from '../panel/processes.js';
import { type Trend, trendOf } from '../trend.js';
import { keepingAgent, post, startGatewayProcess, startHttpServer } from './started.js';

export interface SessionsBench {
  sessions: number;
  seconds: number;
  calls: number;
  /** Wrong answers, and how often each came; those of calls without their numbers. */
  errors: Record<string, number>;
  p50Ms: number | null;
  p99Ms: number | null;
  /** CPU time of all threads of the gateway for a call; null if the system does not report it. */
  cpuMs: number | null;
  /** Growth of the gateway's memory after the first third of the time, in MB a minute; null if the system does not report it, or in a short run. */
  growth: Trend | null;
  /** Largest number of open files of the gateway. */
  openFiles: number;
}

const SAMPLE_MS = 500;

/** Sessions that are open at once, each of which calls a tool, waits for the answer, and calls again. */
export async function measureSessions(
  folder: string,
  env: Readonly<Record<string, string>>,
  { sessions, seconds }: { sessions: number; seconds: number },
): Promise<SessionsBench> {
  const server = await startHttpServer(env);
  const gateway = await startGatewayProcess(folder, env, { url: server.url });
  const agent = keepingAgent(sessions);
  const times: number[] = [];
  const errors: Record<string, number> = {};
  const note = (text: string) => {
    const kind = text.replaceAll(/\d{4,}/g, '…').slice(0, 200);
    errors[kind] = (errors[kind] ?? 0) + 1;
  };
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const samples: (ProcessFigures & { at: number })[] = [];
  const sampling = setInterval(() => {
    const figures = processFigures(gateway.pid);
    if (figures !== null) samples.push({ ...figures, at: (performance.now() - begin) / 60_000 });
  }, SAMPLE_MS);
  const cpuSince = cpuOf([gateway.pid]);
  const session = async () => {
    const opened = await post(gateway.url, agent, INITIALIZE, null);
    if (opened.session === null) note(`initialize: ${opened.text}`);
    for (let id = 1; performance.now() < end; id += 1) {
      const start = performance.now();
      const params = { name: 'echo', arguments: { text: String(id) } };
      const call = { jsonrpc: '2.0', id, method: 'tools/call', params };
      const { text } = await post(gateway.url, agent, call, opened.session);
      times.push(performance.now() - start);
      if (!text.includes(`"text":"${id}"`)) note(text.replace(`"id":${id}`, '"id":…'));
    }
  };
  await Promise.all(Array.from({ length: sessions }, session));
  clearInterval(sampling);
  const cpuMs = cpuSince();
  agent.destroy();
  await gateway.stop();
  await server.stop();
  const later = samples.filter(({ at }) => at * 60 >= seconds / 3);
  return {
    sessions,
    seconds,
    calls: times.length,
    errors,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    cpuMs: cpuMs === null ? null : cpuMs / (times.length + sessions),
    growth: trendOf(later.map(({ at, residentMb }) => ({ at, value: residentMb }))),
    openFiles: Math.max(0, ...samples.map(({ openFiles }) => openFiles)),
  };
}

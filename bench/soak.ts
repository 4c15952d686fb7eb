/**
 * What must hold under load, on loopback: nothing lost, nothing mixed up, and how long `wrap` needs to end.
 *
 * usage: npm run soak -- [speed | together | connections | kills] [--scale FACTOR]
 *        npm run soak -- day [--minutes 36] [--hours 25] [--requests 2000] [--json FILE] [--snapshots FOLDER]
 *
 * soak/plan, client     what a client sends, a process
 * soak/scenarios        the product around it, and what is stored after it
 * soak/day              `wrap` for a simulated day, with panel, API clients and MCP: only when it is named
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soakDay } from './soak/day/day.js';
import { describeDay } from './soak/day/report.js';
import type { SoakPlan } from './soak/plan.js';
import { killed, soak } from './soak/scenarios.js';
import { startUpstream } from './start-upstream.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '36' },
    hours: { type: 'string', default: '25' },
    requests: { type: 'string', default: '2000' },
    json: { type: 'string' },
    snapshots: { type: 'string' },
  },
});
const scale = Number(values.scale);
const folder = mkdtempSync(join(tmpdir(), 'claude-trace-soak-'));
const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder };
if (positionals.includes('day')) {
  await playDay();
  process.exit();
}
const upstream = await startUpstream(folder, env);
const arena = (name: string) => ({ ...upstream, env, folder: join(folder, name) });
const plan = (more: Partial<SoakPlan>): SoakPlan => ({
  first: 0,
  connections: 100,
  requests: Number.MAX_SAFE_INTEGER,
  perSecond: null,
  seconds: null,
  isMixed: false,
  ...more,
});

const SOAKS: Readonly<Record<string, () => Promise<object>>> = {
  speed: () => soak(arena('speed'), [plan({ requests: Math.round(20_000 * scale) })]),
  together: () => {
    const one = { connections: 8, requests: Math.round(1_200 * scale), perSecond: 40 };
    return soak(
      arena('together'),
      Array.from({ length: 8 }, (_, index) => plan({ ...one, first: index * 1_000_000 })),
    );
  },
  connections: () =>
    soak(arena('connections'), [
      plan({ connections: Math.round(1_000 * scale), perSecond: Math.round(300 * scale), seconds: 60, isMixed: true }),
    ]),
  kills: () => killed(arena('kills'), Math.max(1, Math.round(20 * scale))),
};

try {
  for (const [name, run] of Object.entries(SOAKS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(name, JSON.stringify(await run()));
  }
} finally {
  await upstream.server.finish();
  rmSync(folder, { recursive: true, force: true });
}

async function playDay(): Promise<void> {
  const options = {
    minutes: Number(values.minutes),
    hours: Number(values.hours),
    requests: Number(values.requests),
    snapshots: values.snapshots ?? null,
  };
  try {
    const outcome = await soakDay(join(folder, 'day'), env, options, (line) => process.stderr.write(`${line}\n`));
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcome));
    console.log(describeDay(outcome));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

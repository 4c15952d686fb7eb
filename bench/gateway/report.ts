import { PEERS } from '../mcp/contestants.js';
import { fixed, line, verdict } from '../mcp/report-lines.js';
import { difference, quotient } from '../numbers.js';
import type { GatewayBench, GatewayRow } from './gateway.js';
import { describeSizing } from './sizing.js';

const MAX_SHARE_OF_P50 = 0.5;
const MIN_TIMES_THE_RATE = 3;
const MAX_SHARE_OF_MEMORY = 0.5;

export function describeGateway(bench: GatewayBench): string {
  const { rounds, rows, sessions, sizing, leftOut } = bench;
  const { growth } = sessions;
  const grows =
    growth === null
      ? 'not measured'
      : `${fixed(growth.slope, 1)} MB a minute (95 %: ${growth.range.map((each) => fixed(each, 1)).join(' to ')}) at ${fixed(growth.mean, 0)} MB`;
  return [
    `A stdio server over Streamable HTTP, ${rounds} rounds in turns`,
    line('', 'p50 ms', 'calls/s', 'MB'),
    ...rows.map((row) => line(row.name, fixed(row.p50Ms, 3), fixed(row.callsPerSecond, 0), fixed(row.megabytes, 0))),
    ...Object.entries(leftOut).map(([name, why]) => `${name} did not take part: ${why}`),
    `${sessions.sessions} sessions at once for ${sessions.seconds} s, server over HTTP: ${sessions.calls} calls, p50 ${fixed(sessions.p50Ms, 1)} ms, p99 ${fixed(sessions.p99Ms, 1)} ms, ` +
      `CPU ${fixed(sessions.cpuMs, 2)} ms a call, at most ${sessions.openFiles} open files; memory after a third of the time: ${grows}`,
    ...Object.entries(sessions.errors).map(([text, count]) => `${count} times: ${text}`),
    ...describeSizing(sizing),
    '',
    ...verdicts(bench),
  ].join('\n');
}

function verdicts({ rows, sessions }: GatewayBench): string[] {
  const of = (name: string): GatewayRow | undefined => rows.find((row) => row.name === name);
  const [direct, own] = [of('direct (stdio)'), of('claude-trace')];
  const ofPeers = PEERS.flatMap(({ name }) => {
    const peer = of(name);
    const added = quotient(difference(own?.p50Ms, direct?.p50Ms), difference(peer?.p50Ms, direct?.p50Ms));
    const rate = quotient(own?.callsPerSecond, peer?.callsPerSecond);
    const memory = quotient(own?.megabytes, peer?.megabytes);
    return [
      verdict(`added p50 at most half of ${name}'s`, added, 2, (value) => value <= MAX_SHARE_OF_P50),
      verdict(`at least three times the calls of ${name}`, rate, 2, (value) => value >= MIN_TIMES_THE_RATE),
      verdict(`at most half of ${name}'s memory`, memory, 2, (value) => value <= MAX_SHARE_OF_MEMORY),
    ];
  });
  const errors = Object.values(sessions.errors).reduce((sum, each) => sum + each, 0);
  return [...ofPeers, verdict('no error with many sessions', errors, 0, (value) => value === 0)];
}

/**
 * Short sessions with a stdio server behind the gateway: does memory grow, is a process left?
 *
 * usage: node --expose-gc --import tsx bench/gateway-sessions.ts [sessions, default: 100000] [at once, default: 20]
 */
import { type MemorySample, playGatewaySessions } from './soak/gateway-sessions.js';
import { trendOf } from './trend.js';

const [sessions = '100000', atOnce = '20'] = process.argv.slice(2);
const { errors, ms, memory, left } = await playGatewaySessions(Number(sessions), Number(atOnce));
console.log(`${sessions} sessions in ${(ms / 1_000).toFixed(0)} s; errors by statuses: ${JSON.stringify(errors)}`);
const MB = 1024 ** 2;
for (const [name, unit, read] of [
  ['heap', 'MB', ({ heapBytes }) => heapBytes / MB],
  ['external', 'MB', ({ externalBytes }) => externalBytes / MB],
  ['resident', 'MB', ({ residentBytes }) => residentBytes / MB],
  ['open files', '', ({ openFiles }) => openFiles],
] satisfies [string, string, (sample: MemorySample) => number][]) {
  // In the first fifth, code is compiled and pools fill.
  const later = memory.slice(Math.floor(memory.length / 5));
  const trend = trendOf(later.map((sample) => ({ at: sample.sessions / 10_000, value: read(sample) })));
  const [first, last] = [later[0], later.at(-1)].map((each) => (each ? read(each).toFixed(1) : '?'));
  const growth = trend ? [trend.slope, ...trend.range].map((each) => each.toFixed(2)) : null;
  const slope = growth ? `${growth[0]} in 10,000 sessions (95 %: ${growth[1]} to ${growth[2]})` : 'too few sessions';
  console.log(`${name}: ${first} ${unit} after a fifth, ${last} ${unit} at the end; growth ${slope}`);
}
console.log(`processes left: ${left[0]} while it ran (2 wait), ${left[1]} after its stop`);

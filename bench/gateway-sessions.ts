/**
 * Short sessions with a stdio server behind the gateway: does memory grow, is a process left?
 *
 * usage: node --expose-gc --import tsx bench/gateway-sessions.ts [sessions, default: 100000] [at once, default: 20]
 */
import { playGatewaySessions } from './soak/gateway-sessions.js';

const [sessions = '100000', atOnce = '20'] = process.argv.slice(2);
const { errors, ms, heap, rss, left } = await playGatewaySessions(Number(sessions), Number(atOnce));
const mb = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
console.log(`${sessions} sessions in ${(ms / 1_000).toFixed(0)} s; errors by statuses: ${JSON.stringify(errors)}`);
console.log(`heap ${mb(heap[0])} after a fifth, ${mb(heap[1])} at the end; resident ${mb(rss[0])}, ${mb(rss[1])}`);
console.log(`processes left: ${left[0]} while it ran (2 wait), ${left[1]} after its stop`);

import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../base/clock.js';
import type { Listener } from '../server/listen.js';
import type { Lasting } from './lasting.js';
import type { Requests } from './requests.js';
import type { Running } from './running.js';

/** New connections are taken for this long after a stop began: balancers need time to learn of it. */
const LINGER_MS = 300;
/** How often it is looked whether requests have ended. */
const LOOK_MS = 20;

export interface Stopped {
  requests: Requests;
  listener: Listener;
  lasting: Lasting;
  /** What runs at the end. */
  running(): Running;
}

/** Ends a gateway. @param graceMs requests in progress are cut off after this time @returns how many were */
export async function stop({ requests, listener, lasting, running }: Stopped, graceMs: number) {
  const { report, streams, sessions, redis, audit } = lasting;
  requests.stop();
  report({ type: 'stopping', at: now(), requests: requests.open });
  const deadline = now() + graceMs;
  streams.stop();
  await delay(Math.min(LINGER_MS, graceMs));
  listener.stopAccepting();
  listener.closeIdle();
  while (requests.open > 0 && now() < deadline) await delay(LOOK_MS);
  const lost = requests.open;
  sessions.close();
  listener.closeAll();
  await Promise.all([...running().routes.values()].map(({ upstreams }) => upstreams.close(0)));
  report({ type: 'stopped', at: now(), lost });
  redis?.close();
  await audit.close();
  return { lost };
}

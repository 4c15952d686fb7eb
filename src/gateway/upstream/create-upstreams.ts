import type { Route } from '../config/route-schema.js';
import { sessionNotFound } from '../refusals.js';
import type { Target } from './target.js';
import type { Upstreams } from './upstreams.js';

/** @param targets of the route, in the order of the configuration; at least one */
export function createUpstreams(_route: Route, targets: readonly Target[]): Upstreams {
  const named = (name: string) => targets.find((each) => each.name === name);
  let next = 0;
  return {
    async choose({ session }) {
      const target = session === null ? targets[next++ % targets.length] : named(session.upstream);
      if (target === undefined) return sessionNotFound();
      return { upstream: target.name, forwardHeaders: target.forwardHeaders, send: target.send };
    },
    end(upstream, session) {
      named(upstream)?.end(session);
    },
    async close(graceMs) {
      await Promise.all(targets.map((target) => target.close(graceMs)));
    },
  };
}

import { UsageError } from '../../base/errors.js';
import type { HeaderList } from '../../model/exchange.js';
import type { Route, UpstreamConfig } from '../config/route-schema.js';
import type { Report } from '../facts.js';
import { sessionNotFound } from '../refusals.js';
import type { Identity } from '../request.js';
import { openHttpUpstream } from './http-upstream.js';
import type { Upstreams } from './upstreams.js';

/** A server may take this long to end a session. */
const END_MS = 5_000;
const NOTHING = new Uint8Array();

export interface UpstreamDeps {
  report: Report;
  /** What authenticates the gateway at an upstream, for the client's identity. */
  headersFor(route: Route, upstream: UpstreamConfig, identity: Identity | null): Promise<HeaderList>;
}

/** @throws UsageError for a configuration that cannot be used */
export function createUpstreams(route: Route, { headersFor }: UpstreamDeps): Upstreams {
  const all = route.upstreams.map((config) => {
    if (!('url' in config)) throw new UsageError(`Route ${route.name}: this version has no stdio upstreams.`);
    return { config, upstream: openHttpUpstream(config) };
  });
  let next = 0;
  return {
    async choose({ session, identity }) {
      const named = session === null ? undefined : all.find(({ config }) => config.name === session.upstream);
      const chosen = session === null ? all[next++ % all.length] : named;
      if (chosen === undefined) return sessionNotFound();
      return {
        upstream: chosen.config.name,
        forwardHeaders: chosen.config.forward_headers,
        async send(request) {
          const credentials = await headersFor(route, chosen.config, identity);
          return chosen.upstream.send({ ...request, headers: [...request.headers, ...credentials] });
        },
      };
    },
    end(upstream, session) {
      const found = all.find(({ config }) => config.name === upstream);
      if (found === undefined) return;
      const signal = AbortSignal.timeout(END_MS);
      const request = { method: 'DELETE', headers: [], session, body: NOTHING, isRequest: false, signal } as const;
      found.upstream.send(request).then(
        async ({ body }) => {
          for await (const _ of body);
        },
        () => {},
      );
    },
    async close(graceMs) {
      await Promise.all(all.map(({ upstream }) => upstream.close(graceMs)));
    },
  };
}

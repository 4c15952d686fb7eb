import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { HeaderList } from '../../model/exchange.js';
import { readAuthorities } from '../config/named-files.js';
import type { Route, UpstreamConfig } from '../config/route-schema.js';
import type { Report } from '../facts.js';
import type { Identity } from '../request.js';
import { createHttpTarget } from './http-target.js';
import { StdioTarget } from './stdio/stdio-target.js';
import type { Target } from './target.js';

/** Headers that authenticate the gateway at an upstream, for the client's identity. @throws UpstreamError */
export type CredentialsFor = (route: Route, upstream: UpstreamConfig, identity: Identity | null) => Promise<HeaderList>;

export interface TargetsDeps {
  /** Folder to which paths are relative. */
  folder: string;
  credentialsFor: CredentialsFor;
  report: Report;
  /** Gets the stderr of children. */
  stderr?: Writable | undefined;
}

/** What the files `ca` of the upstreams of a route hold now; null for those without. @throws UsageError */
export function authoritiesOf({ upstreams }: Route, folder: string): (string | null)[] {
  return upstreams.map((config) =>
    'url' in config && config.ca !== undefined ? readAuthorities(config.ca, folder) : null,
  );
}

/**
 * The upstreams of a route. Starts children if the configuration keeps idle ones.
 * @param authorities of each upstream
 */
export function openTargets(
  route: Route,
  authorities: readonly (string | null)[],
  { folder, credentialsFor, report, stderr }: TargetsDeps,
): Target[] {
  return route.upstreams.map((config, index) => {
    if ('command' in config) {
      const cwd = config.cwd === undefined ? undefined : resolve(folder, config.cwd);
      return new StdioTarget({ ...config, cwd }, { route: route.name, report, stderr });
    }
    return createHttpTarget({
      config,
      ca: authorities[index] ?? null,
      healthPath: route.health.path ?? null,
      credentialsFor: (identity) => credentialsFor(route, config, identity),
    });
  });
}

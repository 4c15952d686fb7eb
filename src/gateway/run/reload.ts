import { now } from '../../base/clock.js';
import { assertReloadable, changedPaths } from '../config/changes.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { Listener } from '../server/listen.js';
import { readTls } from '../server/tls.js';
import { assemble } from './assemble.js';
import type { Lasting } from './lasting.js';
import type { Parts } from './parts.js';
import { closeReplaced, hasServer } from './run-routes.js';
import type { Running } from './running.js';

export interface Reloaded {
  loaded: LoadedConfig;
  parts: Parts;
  url: string;
  listener: Listener;
  lasting: Lasting;
  /** Makes the next configuration the one in use. */
  use(next: Running): void;
}

/**
 * Replaces what runs by what another configuration makes, between two requests.
 * @throws UserError if it cannot be used; nothing has changed then
 */
export function reload(before: Running, { loaded, parts, url, listener, lasting, use }: Reloaded): void {
  const { config } = loaded;
  const { report, limits, audit, sessions, streams } = lasting;
  assertReloadable(before.config, config);
  const tls = readTls(loaded);
  const next = assemble(loaded, parts, { url, lasting, before });
  limits.use(config);
  audit.use(loaded);
  if (tls !== null) listener.setTls(tls);
  listener.setLimits(config.limits);
  // Before the swap: servers learn of it by the upstreams that are replaced.
  sessions.endUnless((session) => hasServer(session, before.routes, next.routes), 'upstream_gone');
  use(next);
  const { seal } = next.context;
  if (seal !== before.context.seal) sessions.endUnless(({ id }) => seal.open(id) !== null, 'key_gone');
  void streams.check();
  const replaced = closeReplaced(before.routes, next.routes, before.config.limits.stop);
  // A file may have changed, and no setting.
  const changed = new Set([...changedPaths(before.config, config), ...replaced.map((name) => `routes.${name}`)]);
  report({ type: 'reloaded', at: now(), changed: [...changed], replaced });
}

import { now } from '../base/clock.js';
import type { LoadedConfig } from './config/load-config.js';
import type { Report } from './facts.js';
import { assemble } from './run/assemble.js';
import { type GatewayDeps, openLasting } from './run/lasting.js';
import { partsFor } from './run/parts.js';
import { reload } from './run/reload.js';
import { Requests } from './run/requests.js';
import type { Running } from './run/running.js';
import { stop } from './run/stop.js';
import { plainAddress } from './server/client-address.js';
import { reportBadRequest } from './server/exchange.js';
import { type Listener, listenFor } from './server/listen.js';
import { readTls } from './server/tls.js';

export type { GatewayDeps } from './run/lasting.js';

export interface Gateway {
  /** Where clients reach it, such as `http://127.0.0.1:8080`. */
  url: string;
  /** For facts about the gateway that others know, such as a configuration that cannot be read: all listeners get them. */
  report: Report;
  /**
   * Takes another configuration. Requests in progress finish with the old one; sessions continue if their upstream still exists.
   * @throws UserError if it cannot be used; nothing has changed then
   */
  reload(loaded: LoadedConfig): Promise<void>;
  /**
   * Ends without losing a request: those in progress are answered, new connections are refused.
   * @param graceMs open requests are cut off after this time
   */
  stop(graceMs: number): Promise<{ lost: number }>;
}

/** @throws UserError for a configuration that cannot be used; CannotListenError */
export async function startGateway(loaded: LoadedConfig, deps: GatewayDeps): Promise<Gateway> {
  const { listen, limits } = loaded.config;
  const tls = readTls(loaded);
  // Before it listens: no request may come before everything is ready.
  const parts = await partsFor(loaded.config);
  let running: Running;
  const lasting = await openLasting(loaded, deps, () => running);
  const { report, redis } = lasting;
  const requests = new Requests(() => running, lasting);
  const listener: Listener = await listenFor({
    name: deps.name ?? 'gateway',
    ...{ listen, limits, tls },
    onRequest: requests.handle,
    onBadRequest: (status, ip) => reportBadRequest(status, ip, report),
    onRefused: (count, ip) => report({ type: 'connections_refused', at: now(), count, ip: plainAddress(ip) }),
  }).catch((error: unknown) => {
    redis?.close();
    throw error;
  });
  const url = `${tls === null ? 'http' : 'https'}://${listener.address}`;
  try {
    // Its address is known now, and no request has been read yet.
    running = assemble(loaded, parts, { url, lasting, before: null });
  } catch (error) {
    listener.stopAccepting();
    redis?.close();
    throw error;
  }
  report({ type: 'started', at: now(), address: url, routes: [...running.routes.keys()] });
  const use = (next: Running) => {
    running = next;
  };
  return {
    url,
    report,
    async reload(changed) {
      const changedParts = await partsFor(changed.config);
      if (requests.isStopping) throw new Error('the gateway is stopping');
      reload(running, { loaded: changed, parts: changedParts, url, listener, lasting, use });
    },
    stop: (graceMs) => stop({ requests, listener, lasting, running: () => running }, graceMs),
  };
}

import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { lineWriter, readLines } from '../../mcp/stdio-lines.js';
import { gatewayConfig } from '../config/schema.js';
import type { Report } from '../facts.js';
import { type Gateway, startGateway } from '../gateway.js';
import { createHttpTarget } from '../upstream/http-target.js';
import { UrlBridge } from './bridge-url.js';

export interface HttpBridgeOptions {
  /** The server's command. */
  command: readonly string[];
  host: string;
  /** 0: a free port. */
  port: number;
  report: Report;
  /** Gets the stderr of the server. */
  stderr: Writable;
}

export interface HttpBridge {
  /** Where clients find the server. */
  url: string;
  stop(graceMs: number): Promise<unknown>;
}

const ROUTE = 'server';

/** Serves a program on stdio over Streamable HTTP: a gateway with one route. @throws CannotListenError */
export async function serveOverHttp({ command, host, port, report, stderr }: HttpBridgeOptions): Promise<HttpBridge> {
  const config = gatewayConfig.parse({
    version: 1,
    listen: { host, port },
    routes: { [ROUTE]: { upstreams: [{ command }] } },
  });
  const folder = process.cwd();
  const gateway: Gateway = await startGateway({ file: '', folder, config }, { name: 'bridge', report, stderr });
  return { url: `${gateway.url}/mcp`, stop: (graceMs) => gateway.stop(graceMs) };
}

export interface StdioBridgeOptions {
  url: string;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  input: Readable;
  output: Writable;
  note(text: string): void;
  /** Aborted when the client wants us to end. */
  signal: AbortSignal;
}

/** Time for answers after the end of the input: the client may have stopped reading. */
const LAST_ANSWERS_MS = 10_000;
/** Time for the server to accept the end of its session. */
const CLOSE_MS = 500;

/** Requests at a time; others wait. */
const CONNECTIONS = 1_000;

/** Serves a URL of Streamable HTTP on stdio. Resolves when the input has ended and all requests are answered. */
export async function serveUrl({ url, headers, input, output, note, signal }: StdioBridgeOptions): Promise<void> {
  const config = { name: ROUTE, weight: 1, url, headers, forward_headers: [], connections: CONNECTIONS };
  const target = createHttpTarget({ config, ca: null, healthPath: null, credentialsFor: async () => [] });
  const bridge = new UrlBridge({ target, note, write: lineWriter(output) });
  await readLines(input, (line) => bridge.receive(line), signal);
  const deadline = delay(signal.aborted ? 0 : LAST_ANSWERS_MS, undefined, { ref: false });
  await Promise.race([bridge.finish(), deadline]);
  bridge.close();
  // After this, the request that ends the session has been sent.
  await delay(0);
  await target.close(CLOSE_MS);
}

import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { LineAssembler } from '../../mcp/socket/line-assembler.js';
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
  /** Gets what the server writes to stderr. */
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
  const gateway: Gateway = await startGateway({ file: '', folder, config }, { report, stderr });
  return { url: `${gateway.url}/mcp`, stop: (graceMs) => gateway.stop(graceMs) };
}

export interface StdioBridgeOptions {
  url: string;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  input: Readable;
  output: Writable;
  note(text: string): void;
  /** The client wants us to end. */
  signal: AbortSignal;
}

/** The client sends nothing more, and may have stopped reading. */
const LAST_ANSWERS_MS = 10_000;
/** Until the server must have taken the end of its session. */
const CLOSE_MS = 500;
const LINE_END = Buffer.from('\n');

/** Serves a URL of Streamable HTTP on stdio. Resolves when the input has ended, and what was asked is answered. */
export async function serveUrl({ url, headers, input, output, note, signal }: StdioBridgeOptions): Promise<void> {
  const { upstreams } =
    gatewayConfig.parse({ version: 1, routes: { [ROUTE]: { upstreams: [{ url, headers }] } } }).routes[0] ?? {};
  const [config] = upstreams ?? [];
  if (config === undefined || !('url' in config)) throw new Error('no upstream');
  const target = createHttpTarget({ config, ca: null, healthPath: null, credentialsFor: async () => [] });
  let drained: Promise<unknown> | null = null;
  const bridge = new UrlBridge({
    target,
    note,
    async write(message) {
      // Together: another message must not come between a message and its line end.
      if (output.write(Buffer.concat([message, LINE_END]))) return;
      drained ??= once(output, 'drain').finally(() => {
        drained = null;
      });
      await drained;
    },
  });
  const lines = new LineAssembler('client', (line) => bridge.receive(line));
  input.on('data', (chunk: Buffer) => lines.push(chunk, 0));
  await new Promise<void>((resolve) => {
    input.once('end', resolve);
    input.once('error', () => resolve());
    signal.addEventListener('abort', () => resolve());
  });
  lines.end(0);
  const deadline = delay(signal.aborted ? 0 : LAST_ANSWERS_MS, undefined, { ref: false });
  await Promise.race([bridge.finish(), deadline]);
  bridge.close();
  // The end of the session is on its way after this.
  await delay(0);
  await target.close(CLOSE_MS);
}

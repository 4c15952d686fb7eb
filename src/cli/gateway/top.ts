import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { hostAndPort } from '../../base/host-and-port.js';
import { toJsonRow } from '../../base/json-row.js';
import { cutLine, fragment, styledLine } from '../../text/line.js';
import { printableLine } from '../../text/text.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { comparable, figuresOf, type Scrape } from './top/figures.js';
import { topLines } from './top/lines.js';
import { type MetricsAddress, scrape } from './top/scrape.js';

interface TopOptions {
  /** URL of the gateway; default: as in its configuration. */
  url: string | undefined;
  json: boolean;
}

const INTERVAL_MS = 1_000;
/** Period of the rates and latencies. */
const WINDOW_MS = 10_000;

/** Shows what a running gateway does: live on a terminal, otherwise once. @throws UserError when it does not answer */
export async function showTop(file: string, { url: given, json }: TopOptions): Promise<void> {
  const address = given === undefined ? await configuredAddress(file) : await givenAddress(given, file);
  const { url } = address;
  const first = await scrape(address).catch((error: unknown) => {
    throw new UserError(`The gateway at ${printableLine(url)} does not show its metrics: ${describeError(error)}.`);
  });
  if (json) return printJson(toJsonRow(figuresOf(first, null)));
  if (!process.stdout.isTTY || !process.stdin.isTTY) {
    return printLines(topLines(figuresOf(first, null), url, outputWidth()));
  }
  const { runAlone } = await import('../../tui/alone.js');
  const panel = createTop(url, first);
  const timer = setInterval(() => {
    scrape(address).then(panel.take, (error: unknown) => panel.fail(describeError(error)));
  }, INTERVAL_MS);
  try {
    await runAlone(panel, { mouse: false });
  } finally {
    clearInterval(timer);
  }
}

/** No configuration is needed. One that is there may have the token. */
async function givenAddress(url: string, file: string): Promise<MetricsAddress> {
  if (!existsSync(file)) return { url };
  const { loadGatewayPart, metricsPart } = await import('../../gateway/index.js');
  const { metrics } = await loadGatewayPart(file, process.env, metricsPart);
  return { url, token: metrics.token };
}

/** Address of a gateway on this machine. @throws UserError if only clients with certificates reach it */
async function configuredAddress(file: string): Promise<MetricsAddress> {
  const { addressPart, loadGatewayPart } = await import('../../gateway/index.js');
  const { listen, tls, metrics } = await loadGatewayPart(file, process.env, addressPart);
  const { host, port } = metrics.listen ?? listen;
  const ofClients = metrics.listen === undefined ? tls : undefined;
  if (ofClients?.client_ca !== undefined) {
    throw new UserError(`${printableLine(file)} has tls.client_ca, and top has no certificate: set metrics.listen.`);
  }
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    url: `${ofClients === undefined ? 'http' : 'https'}://${hostAndPort(name, port)}`,
    token: metrics.token,
    certificate: ofClients && resolve(dirname(file), ofClients.cert),
  };
}

/** The panel of a running gateway, alone on the terminal. */
function createTop(url: string, first: Scrape) {
  let scrapes = [first];
  let problem: string | null = null;
  let width = 80;
  let height = 24;
  let leave = () => {};
  let onFrame = () => {};

  return {
    take(next: Scrape) {
      problem = null;
      scrapes = [...comparable(scrapes, next, WINDOW_MS), next];
      onFrame();
    },
    fail(reason: string) {
      problem = reason;
      onFrame();
    },
    attach(host: { leave(): void }) {
      leave = host.leave;
    },
    resize(columns: number, rows: number) {
      width = columns;
      height = rows;
      onFrame();
    },
    frame(): string[] {
      const [oldest = first] = scrapes;
      const newest = scrapes.at(-1) ?? first;
      const figures = figuresOf(newest, oldest === newest ? null : oldest);
      const shown = topLines(figures, url, width, Math.max(0, height - 2));
      const foot =
        problem === null
          ? fragment('q quits', 'dim')
          : fragment(`The gateway does not answer: ${printableLine(problem)}`, 'bad');
      const blank = Array.from({ length: Math.max(0, height - 1 - shown.length) }, () => '');
      return [...shown, ...blank, styledLine(cutLine([foot], width))];
    },
    onFrame(listener: () => void) {
      onFrame = listener;
      return () => {
        onFrame = () => {};
      };
    },
    onInput(bytes: Uint8Array) {
      // q, Ctrl-C
      if (bytes.includes(0x71) || bytes.includes(0x03)) leave();
    },
    onMouse() {},
    close() {},
    setTheme() {},
  };
}

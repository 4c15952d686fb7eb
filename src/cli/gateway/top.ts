import { describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { hostAndPort } from '../../base/host-and-port.js';
import { toJsonRow } from '../../base/json-row.js';
import { readWhole } from '../../base/read-whole.js';
import type { GatewayConfig } from '../../gateway/index.js';
import { style } from '../../text/style.js';
import { printableLine } from '../../text/text.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { figuresOf, type Scrape } from './top/figures.js';
import { topLines } from './top/lines.js';
import { readSamples } from './top/samples.js';

interface TopOptions {
  /** URL of the gateway; default: as in its configuration. */
  url: string | undefined;
  json: boolean;
}

const INTERVAL_MS = 1_000;
/** Period of the rates and latencies. */
const WINDOW_MS = 10_000;
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 20 * 1024 ** 2;

/** Shows what a running gateway does: live on a terminal, otherwise once. @throws UserError when it does not answer */
export async function showTop(file: string, { url: given, json }: TopOptions): Promise<void> {
  const { loadGatewayConfig } = await import('../../gateway/index.js');
  const { config } = await loadGatewayConfig(file, process.env);
  const url = given ?? urlOf(config);
  const { token } = config.metrics;
  const first = await scrape(url, token).catch((error: unknown) => {
    throw new UserError(`The gateway at ${printableLine(url)} does not show its metrics: ${describeError(error)}.`);
  });
  if (json) return printJson(toJsonRow(figuresOf(first, null)));
  if (!process.stdout.isTTY || !process.stdin.isTTY) {
    return printLines(topLines(figuresOf(first, null), url, outputWidth()));
  }
  const { runAlone } = await import('../../tui/alone.js');
  const panel = createTop(url, first);
  const timer = setInterval(() => {
    scrape(url, token).then(panel.take, (error: unknown) => panel.fail(describeError(error)));
  }, INTERVAL_MS);
  try {
    await runAlone(panel, { mouse: false });
  } finally {
    clearInterval(timer);
  }
}

function urlOf({ metrics, listen, tls }: GatewayConfig): string {
  const { host, port } = metrics.listen ?? listen;
  const isTls = metrics.listen === undefined && tls !== undefined;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${isTls ? 'https' : 'http'}://${hostAndPort(name, port)}`;
}

/** @throws Error */
async function scrape(url: string, token: string | undefined): Promise<Scrape> {
  const answer = await fetch(`${url.replace(/\/$/, '')}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  }).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof Error && cause.message !== '' ? cause : error;
  });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const body = await readWhole(answer.body ?? [], MAX_BYTES, () => new Error('its answer is too long'));
  return { at: Date.now(), samples: readSamples(body.toString()) };
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
      scrapes = [...scrapes.filter(({ at }) => at >= next.at - WINDOW_MS), next];
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
      const lines = topLines(figuresOf(newest, oldest === newest ? null : oldest), url, width);
      const foot =
        problem === null
          ? style('q quits', 'dim')
          : style(`The gateway does not answer: ${printableLine(problem)}`, 'bad');
      const shown = lines.slice(0, height - 2);
      return [...shown, ...Array.from({ length: height - 1 - shown.length }, () => ''), foot];
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

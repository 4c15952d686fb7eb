import { describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { compareSession } from '../../mcp/replay/client/compare-session.js';
import { ComparedResults } from '../../mcp/replay/client/compared-results.js';
import { DEFAULT_IGNORED, type Ignored, ignored } from '../../mcp/replay/client/ignored.js';
import { openServer, type ServerAddress } from '../../mcp/replay/client/open-server.js';
import type { RecordedTape } from '../../mcp/replay/index.js';
import { explainError } from '../../text/store-error.js';
import { writeInPages } from '../output.js';
import { type ComparedTape, describeTapes, jsonOf } from './describe-comparison.js';
import { withTapes } from './find-tapes.js';
import { type JunitFile, openJunit } from './junit.js';

export interface CompareTapeOptions {
  /** Server to compare, of a session with several; null: the only one. */
  server: string | null;
  /** Null: the command is started. */
  url: string | null;
  /** `Name: value` */
  headers: readonly string[];
  command: readonly string[];
  /** JSONPaths, and methods of notifications. */
  ignore: readonly string[];
  timeoutMs: number;
  junitFile: string | null;
  isForProgram: boolean;
}

/**
 * Asks a real server what the recorded client asked, and prints where its answers and notifications differ. Each connection of a
 * session is compared with a connection of its own. The exit code is 1 where something differs.
 * @throws NotComparedError, UsageError
 */
export async function compareTape(name: string, options: CompareTapeOptions): Promise<void> {
  const places = ignored([...DEFAULT_IGNORED, ...options.ignore]);
  const address = addressOf(options);
  const compared: ComparedTape[] = [];
  let junit: JunitFile | null = null;
  try {
    junit = options.junitFile === null ? null : openJunit(options.junitFile);
    await withTapes(name, options.server, async (tapes) => {
      for (const tape of tapes) {
        compared.push({ head: tape.head, results: await compare(tape, address, places, options.timeoutMs) });
      }
    });
    junit?.write(compared);
    await writeInPages(options.isForProgram ? jsonOf(compared) : describeTapes(compared));
    process.exitCode = compared.every(({ results }) => results.isSame) ? 0 : 1;
  } catch (error) {
    throw new NotComparedError(explainError(error), { cause: error });
  } finally {
    junit?.close();
    for (const { results } of compared) results.close();
  }
}

/** Nothing is known of a difference. Exit code 1 would say that there is one. */
class NotComparedError extends UserError {
  override readonly exitCode = 2;
}

async function compare(
  tape: RecordedTape,
  address: ServerAddress,
  ignored: Ignored,
  timeoutMs: number,
): Promise<ComparedResults> {
  const results = new ComparedResults();
  const server = await openServer(address).catch((error: unknown) => {
    throw new UserError(`The server cannot be started: ${describeError(error)}.`, { cause: error });
  });
  try {
    results.unexpected = await compareSession(tape, server, {
      ...{ ignored, timeoutMs },
      onCompared: (request) => results.addRequest(request),
      onNotification: (notification) => results.addNotification(notification),
    });
    return results;
  } finally {
    await server.close();
  }
}

function addressOf({ url, headers, command }: CompareTapeOptions): ServerAddress {
  if (url === null) return { command, env: process.env };
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new UsageError(`"${url}" is not a URL with http:// or https://.`);
  return { url, headers: Object.fromEntries(headers.map(headerOf)) };
}

function headerOf(text: string): [name: string, value: string] {
  const [, name, value] = /^([\w-]+):\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError('--header: write it as "Name: value".');
  return [name, value];
}

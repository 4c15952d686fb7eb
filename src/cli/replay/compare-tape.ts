import { writeFileSync } from 'node:fs';
import { describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { type ComparedRequest, compareSession } from '../../mcp/replay/client/compare-session.js';
import { DEFAULT_IGNORED, ignored } from '../../mcp/replay/client/ignored.js';
import { openServer, type ServerAddress } from '../../mcp/replay/client/open-server.js';
import { printJson, printLines } from '../output.js';
import { describeCompared, describeComparison } from './describe-comparison.js';
import { withTapes } from './find-tapes.js';
import { junitOf } from './junit.js';

export interface CompareTapeOptions {
  /** Of a session with several; null: the only one. */
  server: string | null;
  /** Null: the command is started. */
  url: string | null;
  /** `Name: value` */
  headers: readonly string[];
  command: readonly string[];
  /** JSONPaths. */
  ignore: readonly string[];
  timeoutMs: number;
  junitFile: string | null;
  isForProgram: boolean;
}

/** Asks a real server what the recorded client asked, and prints where its answers differ. The exit code is 1 where they do. */
export async function compareTape(name: string, options: CompareTapeOptions): Promise<void> {
  const places = ignored([...DEFAULT_IGNORED, ...options.ignore]);
  const address = addressOf(options);
  const requests: ComparedRequest[] = [];
  const { tape, unexpected } = await withTapes(name, options.server, async (tapes) => {
    // The latest connection of a session.
    const each = tapes.at(-1);
    if (each === undefined) throw new UserError('There is no tape.');
    const server = await openServer(address).catch((error: unknown) => {
      throw new UserError(`The server cannot be started: ${describeError(error)}.`, { cause: error });
    });
    try {
      const asked = await compareSession(each, server, {
        ignored: places,
        timeoutMs: options.timeoutMs,
        onCompared: (request) => requests.push(request),
      });
      return { tape: each.head, unexpected: asked };
    } finally {
      await server.close();
    }
  });
  requests.sort((one, other) => one.seq - other.seq);
  const isSame = unexpected.length === 0 && requests.every(({ outcome }) => outcome === 'same');
  if (options.junitFile !== null) writeFileSync(options.junitFile, junitOf(tape.server.name, requests, unexpected));
  if (options.isForProgram) {
    const rows = requests.map((each) => ({
      ...each,
      ms: each.ms === null ? null : Math.round(each.ms * 1_000) / 1_000,
    }));
    await printJson(toJsonRow({ tape: tape.id, server: tape.server.name, same: isSame, requests: rows, unexpected }));
  } else await printLines([...requests.flatMap(describeCompared), ...describeComparison(requests, unexpected)]);
  process.exitCode = isSame ? 0 : 1;
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

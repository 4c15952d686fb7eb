import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RequestDetail, RequestSummary } from '../../../src/model/request.js';
import { openReader, openReaderOrEmpty } from '../../../src/store/index.js';
import { removeFolder } from '../remove-folder.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A row, all that `show` knows of it, and the bytes of both bodies. */
export interface StoredExchange {
  row: RequestSummary;
  detail: RequestDetail;
  requestBody: Buffer;
  responseBody: Buffer | null;
}

/** A claude-trace with a data folder of its own. */
export interface Trace {
  /** Command line in front of the traced command. */
  wrapArgv: string[];
  env: Record<string, string>;
  /** Its file. */
  database: string;
  /** Runs `claude-trace …` and returns what it printed; throws when it fails. */
  run(...args: string[]): Promise<Buffer>;
  stored(): StoredExchange[];
  /** Resolves once an answer of the main conversation is stored with its sources. */
  hasAnswer(): Promise<void>;
  /** Every byte under the data folder, and what is compressed in there once more in plain. */
  everything(): Promise<Buffer>;
  remove(): Promise<void>;
}

/** @param config default: without the HTTP API, whose thread takes as much CPU time as `wrap` itself */
export async function newTrace(config: Record<string, unknown> = { 'api.enabled': false }): Promise<Trace> {
  const folder = await mkdtemp(join(tmpdir(), 'claude-trace-data-'));
  const database = join(folder, 'trace.db');
  const env = { CLAUDE_TRACE_DATA_DIR: folder, CLAUDE_TRACE_CONFIG: join(folder, 'config.json') };
  await writeFile(env.CLAUDE_TRACE_CONFIG, JSON.stringify(config));

  async function run(...args: string[]): Promise<Buffer> {
    const { stdout } = await execa(process.execPath, [MAIN, ...args], { env, encoding: 'buffer' });
    return Buffer.from(stdout);
  }

  function stored(): StoredExchange[] {
    const reader = openReader(database);
    try {
      const { rows } = reader.query({ kind: 'all' }, { limit: 10_000, offset: 0 });
      return rows.map((row) => {
        const detail = reader.request(row.id);
        const requestBody = Buffer.from(reader.requestBody(row.id));
        const responseBody = reader.responseBody(row.id);
        return { row, detail, requestBody, responseBody: responseBody === null ? null : Buffer.from(responseBody) };
      });
    } finally {
      reader.close();
    }
  }

  async function hasAnswer(): Promise<void> {
    for (;;) {
      const reader = openReaderOrEmpty(database);
      const { rows } = reader.query({}, { limit: 100, offset: 0 });
      reader.close();
      if (rows.some(({ purpose, attributed }) => purpose === 'main' && attributed === true)) return;
      await setTimeout(100);
    }
  }

  async function everything(): Promise<Buffer> {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const contents = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)));
    const plain = stored().flatMap(({ row, detail, requestBody, responseBody }) => [
      Buffer.from(JSON.stringify([row, detail])),
      requestBody,
      ...(responseBody === null ? [] : [responseBody]),
    ]);
    return Buffer.concat([...(await Promise.all(contents)), ...plain]);
  }

  const wrapArgv = [process.execPath, MAIN, 'wrap', '--quiet', '--layout', 'none', '--'];
  return { wrapArgv, env, database, run, stored, hasAnswer, everything, remove: () => removeFolder(folder) };
}

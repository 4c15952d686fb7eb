import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { RequestDetail, RequestSummary } from '../../src/model/request.js';
import type { ScriptedApi } from '../../src/scripted/scripted-api.js';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { type Ended, type RunningProgram, type RunOptions, startProgram } from './product/program.js';
import { removeFolder } from './remove-folder.js';

export type { Ended } from './product/program.js';

/** The built program, as users run it. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A row with all details of `show`. */
export interface StoredRequest {
  row: RequestSummary;
  detail: RequestDetail;
  requestBody: Buffer;
  responseBody: Buffer | null;
}

/** A user of claude-trace with a home, a data folder and an environment of its own. */
export interface Sandbox {
  root: string;
  /** The working directory of all programs. */
  cwd: string;
  /** Where temporary files of the session go. */
  tmp: string;
  dataDir: string;
  database: string;
  configFile: string;
  /** Only what a program needs, and no proxy. */
  env: Record<string, string>;
  /** Runs `claude-trace …` to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts `claude-trace …`, for interaction. */
  start(args: readonly string[], options?: RunOptions): RunningProgram;
  /** Any other program, to compare with. */
  startOther(command: readonly string[], options?: RunOptions): RunningProgram;
  configure(config: Record<string, unknown>): Promise<void>;
  /** Variables that put this API in front of the sandbox, as a company's TLS-inspecting proxy whose CA is trusted. */
  behind(api: ScriptedApi): Promise<Record<string, string>>;
  /** Everything stored, of all kinds, oldest first. */
  stored(): StoredRequest[];
  /** Every byte of every file below a folder. */
  bytesBelow(folder: string): Promise<Buffer>;
}

/** @param whenDone registers the clean-up of programs and files; default: at the end of the test */
export async function newSandbox(whenDone: (cleanup: () => Promise<void>) => void = onTestFinished): Promise<Sandbox> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'claude-trace-test-')));
  whenDone(() => removeFolder(root));
  const folder = async (name: string) => {
    await mkdir(join(root, name), { recursive: true });
    return join(root, name);
  };
  const [cwd, tmp, home, config, data] = await Promise.all(['work', 'tmp', 'home', 'config', 'share'].map(folder));
  if (!cwd || !tmp || !home || !config || !data) throw new Error('unreachable');
  const dataDir = join(data, 'claude-trace');
  const database = join(dataDir, 'trace.db');
  const configFile = join(config, 'claude-trace', 'config.json');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: tmp,
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: data,
  };

  const startOther: Sandbox['startOther'] = (command, options = {}) => {
    const program = startProgram(command, { cwd, ...options, env: { ...env, ...options.env } });
    whenDone(program.kill);
    return program;
  };
  const start: Sandbox['start'] = (args, options) => startOther([process.execPath, MAIN, ...args], options);

  return {
    root,
    cwd,
    tmp,
    dataDir,
    database,
    configFile,
    env,
    start,
    startOther,
    run: (args, options) => start(args, options).ended,
    async configure(values) {
      await mkdir(join(config, 'claude-trace'), { recursive: true });
      await writeFile(configFile, JSON.stringify(values));
    },
    async behind(api) {
      const caFile = join(root, 'company-ca.pem');
      await writeFile(caFile, api.caPem);
      return { HTTPS_PROXY: api.proxyUrl, NODE_EXTRA_CA_CERTS: caFile };
    },
    stored: () => readStored(database),
    bytesBelow,
  };
}

/** Nothing when there is no database yet. */
function readStored(database: string): StoredRequest[] {
  const reader = openReaderOrEmpty(database);
  try {
    const { rows } = reader.query({ kind: 'all' }, { limit: 10_000, offset: 0 });
    return rows.toReversed().map((row) => {
      const responseBody = reader.responseBody(row.id);
      return {
        row,
        detail: reader.request(row.id),
        requestBody: Buffer.from(reader.requestBody(row.id)),
        responseBody: responseBody === null ? null : Buffer.from(responseBody),
      };
    });
  } finally {
    reader.close();
  }
}

async function bytesBelow(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}

/** Printed only when the end is slow, as it may be on a busy machine. */
const PATIENCE = 'storing the last ';

/** The lines of claude-trace on stderr, without its name. */
export function notices({ stderr }: Ended): string[] {
  return stderr
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('claude-trace: '))
    .map((line) => line.slice('claude-trace: '.length))
    .filter((line) => !line.startsWith(PATIENCE));
}

/** Waits for a state without an event, such as one of the database. */
export async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

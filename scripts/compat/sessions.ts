import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { median } from '../../bench/numbers.js';
import { peakMemoryOf } from '../../bench/peak-memory.js';
import { spokenApi } from '../../src/scripted/messages-api.js';
import { type ScriptedApi, startScriptedApi } from '../../src/scripted/scripted-api.js';
import { bytesOnDisk, openReader } from '../../src/store/index.js';
import { makeProject, type Project } from '../../test/support/claude/project.js';
import { claudeCommand, QUIET } from '../../test/support/claude/run.js';
import { newTrace, type Trace } from '../../test/support/claude/traced.js';
import { processesWith, untilEnded } from '../../test/support/processes.js';
import { removeFolder } from '../../test/support/remove-folder.js';
import { captureFault, messagesOf, SERVERS } from './cell.js';
import { ALLOWED_TOOLS, REPLY, speaker } from './speaker.js';

const TIMEOUT_MS = 180_000;
/** Number of sessions at the beginning and at the end that are compared. */
const EDGE = 10;

interface Played {
  ms: number;
  /** Of `wrap`, bytes. */
  peak: number;
  /** Of the database and its write-ahead log, bytes, after it. */
  database: number;
}

/**
 * Plays short sessions of the real Claude Code with two MCP servers under `wrap`, one after the other, in one data folder.
 *
 * @returns what went wrong: sessions that failed, records that are missing, processes and files that are left
 */
export async function playSessions(version: string, count: number): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-sessions-'));
  const temporary = join(root, 'temporary');
  await mkdir(temporary);
  const project = await makeProject(root);
  const trace = await newTrace({});
  const api = await startScriptedApi({ script: spokenApi(speaker) });
  const faults: string[] = [];
  const played: Played[] = [];
  try {
    for (let n = 1; n <= count; n++) {
      const session = await playSession({ version, project, trace, api, temporary });
      played.push(session);
      faults.push(...session.faults.map((fault) => `session ${n}: ${fault}`));
      if (n % EDGE === 0) console.log(`${n} sessions, ${faults.length} faults`);
    }
    faults.push(...storedFaults(trace, api, count));
    describe(played, messagesOf(api).length);
    const doctor = await trace.run('doctor', '--verify');
    console.log(doctor.toString().trimEnd());
    return faults;
  } finally {
    await api.close();
    await trace.remove();
    await removeFolder(root);
  }
}

async function playSession(given: {
  version: string;
  project: Project;
  trace: Trace;
  api: ScriptedApi;
  temporary: string;
}): Promise<Played & { faults: string[] }> {
  const { trace, temporary } = given;
  const [node = '', main = ''] = trace.wrapArgv;
  const wrapArgv = [node, main, 'wrap', '--mcp', '--quiet', '--'];
  const env = { ...trace.env, ...QUIET, TMPDIR: temporary };
  const command = await claudeCommand({ ...given, wrapArgv, env, args: ['--allowedTools', ALLOWED_TOOLS] }, [
    '-p',
    'Have a look around.',
  ]);
  const [file = '', ...args] = command.argv;
  const begun = Date.now();
  const running = execa(file, args, {
    ...{ cwd: command.cwd, env: command.env, extendEnv: false, stdin: 'ignore', reject: false, timeout: TIMEOUT_MS },
  });
  const memory = peakMemoryOf(running.pid ?? 0);
  const { exitCode, stdout, stderr } = await running;
  const peak = memory.end();
  const ms = Date.now() - begun;

  const faults: string[] = [];
  if (exitCode !== 0 || stdout.trim() !== REPLY) faults.push(`exit code ${exitCode}: ${stdout.slice(0, 100)}`);
  // Claude Code prints warnings of its own.
  faults.push(...stderr.split('\n').filter((line) => line.startsWith('claude-trace')));
  await untilEnded(() => processesWith(temporary));
  faults.push(...processesWith(temporary).map(({ commandLine }) => `left the process ${commandLine.slice(0, 100)}`));
  // Claude Code keeps folders of its own there.
  const files = (await readdir(temporary)).filter((name) => name.startsWith('claude-trace'));
  faults.push(...files.map((name) => `left the file ${name}`));
  return { ms, peak, database: bytesOnDisk(trace.database), faults };
}

/** Requires that every request and every connection to a server is stored whole, and that none is open. */
function storedFaults(trace: Trace, api: ScriptedApi, count: number): string[] {
  const capture = captureFault(api, trace.stored());
  const reader = openReader(trace.database);
  try {
    const { sessions, runs, liveRuns, open, interrupted, incidents, integrity } = reader.status();
    const connections = reader.mcpConnections({}, { limit: 10 * SERVERS * count });
    const whole = connections.filter(({ lost, endedAt }) => lost === 0 && endedAt !== null).length;
    const figures: [string, number, number][] = [
      ['sessions', sessions, count],
      ['runs', runs, count],
      ['runs that have not ended', liveRuns, 0],
      ['open requests', open, 0],
      ['interrupted requests', interrupted, 0],
      ['incidents', incidents.length, 0],
      ['connections to MCP servers that were recorded whole', whole, SERVERS * count],
      ['connections to MCP servers', connections.length, SERVERS * count],
    ];
    const wrong = figures.filter(([, found, expected]) => found !== expected);
    return [
      ...(capture === null ? [] : [capture]),
      ...(integrity === 'ok' ? [] : [integrity]),
      ...wrong.map(([what, found, expected]) => `${found} ${what}, not ${expected}`),
    ];
  } finally {
    reader.close();
  }
}

function describe(played: readonly Played[], requests: number): void {
  const first = played.slice(0, EDGE);
  const last = played.slice(-EDGE);
  const seconds = (some: readonly Played[]) => ((median(some.map(({ ms }) => ms)) ?? 0) / 1_000).toFixed(1);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const peak = (some: readonly Played[]) => megabytes(median(some.map((each) => each.peak)) ?? 0);
  const size = played.map(({ database }) => database);
  console.log(`${played.length} sessions, ${requests} requests`);
  console.log(`median duration: ${seconds(first)} s of the first ${EDGE}, ${seconds(last)} s of the last`);
  console.log(`median peak memory of wrap: ${peak(first)} MB of the first ${EDGE}, ${peak(last)} MB of the last`);
  console.log(
    `database: ${megabytes(size[0] ?? 0)} MB after the first, ${megabytes(size.at(-1) ?? 0)} MB after the last`,
  );
}

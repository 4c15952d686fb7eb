/**
 * The start of the real Claude Code at a terminal: alone, under `wrap --layout none` and under `wrap`, in turns. Measures when its
 * prompt is on the screen, and the CPU time of all processes until they are quiet.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { claudeFolder } from '../test/support/claude/install.js';
import { type ClaudeCommand, claudeCommand, QUIET } from '../test/support/claude/run.js';
import { settleIn } from '../test/support/claude/settled.js';
import { messagesApi, startScriptedApi } from '../test/support/scripted-api.js';
import { median } from './numbers.js';
import { NO_ANSWERS, openTerminal } from './panel/terminal.js';
import { watchScreen } from './panel/watched-screen.js';
import { describeVerdict } from './report.js';
import { PRODUCT_WORDS, WRAP_SPLIT } from './targets/product.js';
import { verdict } from './verdicts.js';

export interface ClaudeStartOptions {
  rounds: number;
}

/** Medians, in milliseconds. */
export interface ClaudeStart {
  name: string;
  promptMs: number | null;
  /** Of all processes, until `QUIET_MS` after the prompt. */
  cpuMs: number | null;
  /** Of `wrap` itself, without Claude Code. */
  ownCpuMs: number | null;
  /** Beyond Claude Code alone, round by round. */
  addedPromptMs: number | null;
  addedCpuMs: number | null;
}

interface Start {
  promptMs: number;
  cpuMs: number;
  ownCpuMs: number;
}

const VERSION = '2.1.332';
const SIZE = { width: 120, height: 40 };
const PROMPT = /^[│ ]*[>❯]/m;
/** By then, what starts after the prompt has started: the panel, the API. */
const QUIET_MS = 2_500;
const CTRL_C = '\x03';
const MAX_ADDED_PROMPT_MS = 120;
const MAX_ADDED_CPU_MS = 300;

const WAYS = [
  { name: 'claude', words: [] },
  { name: 'wrap --layout none -- claude', words: [...PRODUCT_WORDS, 'wrap', '--quiet', '--layout', 'none', '--'] },
  { name: 'wrap -- claude', words: [process.execPath, ...WRAP_SPLIT] },
];

/** @returns null if the tests have not fetched Claude Code yet (test/support/claude/install.ts) */
export async function measureClaudeStart(
  folder: string,
  { rounds }: ClaudeStartOptions,
): Promise<ClaudeStart[] | null> {
  if (!existsSync(claudeFolder(VERSION))) return null;
  const root = mkdtempSync(join(folder, 'claude-'));
  const [home, cwd] = [join(root, 'home'), join(root, 'project')];
  for (const each of [home, cwd]) mkdirSync(each);
  await settleIn(home, cwd);
  const api = await startScriptedApi({ script: messagesApi({ sideCall: '{}', threads: [] }) });
  const env = {
    CLAUDE_TRACE_DATA_DIR: join(root, 'data'),
    CLAUDE_TRACE_CONFIG: join(root, 'config.json'),
    ...QUIET,
    LANG: 'C.UTF-8',
  };
  const starts = WAYS.map((): Start[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { words }] of WAYS.entries()) {
      const setup = { version: VERSION, project: { home, cwd }, api, wrapArgv: words, env };
      const start = await measureStart(await claudeCommand(setup, []), words.length > 0);
      // The first of each makes the database, and fills the caches of the disk.
      if (round > 0) starts[index]?.push(start);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  await api.close();
  const [alone = []] = starts;
  return WAYS.map(({ name }, index) => {
    const own = starts[index] ?? [];
    const added = (figure: 'promptMs' | 'cpuMs') =>
      index === 0 ? null : median(own.map((each, round) => each[figure] - (alone[round]?.[figure] ?? 0)));
    return {
      name,
      promptMs: median(own.map(({ promptMs }) => promptMs)),
      cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
      ownCpuMs: median(own.map(({ ownCpuMs }) => ownCpuMs)),
      addedPromptMs: added('promptMs'),
      addedCpuMs: added('cpuMs'),
    };
  });
}

async function measureStart({ argv, cwd, env }: ClaudeCommand, isWrapped: boolean): Promise<Start> {
  const terminal = openTerminal(argv, SIZE, env, NO_ANSWERS, cwd);
  const promptMs = await watchScreen(terminal, SIZE).until((text) => PROMPT.test(text));
  await setTimeout(QUIET_MS);
  const processes = processesBelow(terminal.pid);
  const cpuMs = processes.reduce((sum, each) => sum + each.cpuMs, 0);
  const ownCpuMs = isWrapped ? (processes.find(({ pid }) => pid === terminal.pid)?.ownCpuMs ?? 0) : 0;
  terminal.type(CTRL_C);
  const again = setInterval(() => terminal.type(CTRL_C), 300);
  await terminal.ended;
  clearInterval(again);
  return { promptMs, cpuMs, ownCpuMs };
}

interface Process {
  pid: number;
  parent: number;
  ownCpuMs: number;
  /** With that of its children that have ended. */
  cpuMs: number;
}

/** The process and all that it started, from Linux's /proc; see proc_pid_stat(5). */
function processesBelow(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readProcess(Number(name)) : []));
  const found = new Set([root]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

/** @returns nothing if it has ended */
function readProcess(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in brackets, may have spaces.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
    // A tick is 10 ms wherever Linux runs Node.
    const ownCpuMs = (user + system) * 10;
    return [{ pid, parent: fields[1] ?? 0, ownCpuMs, cpuMs: ownCpuMs + (childrenUser + childrenSystem) * 10 }];
  } catch {
    return [];
  }
}

export function describeClaudeStart(starts: readonly ClaudeStart[] | null): string {
  if (starts === null) return `start: not measured, the tests have not fetched Claude Code ${VERSION} yet`;
  const fixed = (ms: number | null) => (ms === null ? '' : ms.toFixed(0)).padStart(10);
  const split = starts.at(-1);
  const atMost = (what: string, ms: number | null | undefined, limit: number) =>
    describeVerdict({
      target: `${what} at most ${limit} ms`,
      ...verdict(
        ms ?? null,
        (value) => `${value.toFixed(0)} ms`,
        (value) => value <= limit,
      ),
    });
  return [
    `start of Claude Code ${VERSION} at a terminal, ms       prompt     added       CPU     added  own CPU`,
    ...starts.map(({ name, promptMs, addedPromptMs, cpuMs, addedCpuMs, ownCpuMs }) =>
      [name.padEnd(50), ...[promptMs, addedPromptMs, cpuMs, addedCpuMs, ownCpuMs].map(fixed)].join(''),
    ),
    atMost('prompt later by', split?.addedPromptMs, MAX_ADDED_PROMPT_MS),
    atMost('CPU added', split?.addedCpuMs, MAX_ADDED_CPU_MS),
  ].join('\n');
}

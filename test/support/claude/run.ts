import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ReceivedRequest, ScriptedApi } from '../../../src/scripted/scripted-api.js';
import { fakeKey } from '../fake-key.js';
import { installClaude } from './install.js';
import type { Project } from './project.js';

/** No real key. The CLI must send it, claude-trace must keep it from the disk. */
export const FAKE_KEY = fakeKey('zorblax');

/** Variables for a CLI that only sends what its user asks for. */
export const QUIET = { DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };

/** The real CLI behind a scripted API. */
export interface ClaudeSetup {
  version: string;
  /** Without an `mcpConfig` the CLI takes the servers that its own settings name. */
  project: Pick<Project, 'home' | 'cwd'> & Partial<Pick<Project, 'mcpConfig'>>;
  api: ScriptedApi;
  /** What stands before the CLI on the command line, such as `claude-trace wrap --`. Default: nothing. */
  wrapArgv?: string[];
  args?: string[];
  /** On top of the clean environment. */
  env?: Record<string, string>;
  /** 2.0.30 sends telemetry, as it does for users: up to 280 requests a session, which take half of its time. */
  telemetry?: boolean;
}

export interface ClaudeRun extends ClaudeSetup {
  /** Null: it comes on stdin. */
  prompt: string | null;
  /** Default: nothing to read. */
  stdin?: string;
}

export interface ClaudeResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** What the API got during this run. */
  received: ReceivedRequest[];
}

export interface ClaudeCommand {
  argv: string[];
  cwd: string;
  /** Holds nothing but what is given. */
  env: Record<string, string>;
}

/** @param start the arguments that say how it is used: none at a terminal, else `-p` and what belongs to it */
export async function claudeCommand(setup: ClaudeSetup, start: readonly string[]): Promise<ClaudeCommand> {
  const { api, project } = setup;
  const program = await installClaude(setup.version);
  const ca = join(project.home, 'company-ca.pem');
  const tmp = join(project.home, 'tmp');
  await mkdir(tmp, { recursive: true });
  await writeFile(ca, api.caPem);
  return {
    argv: [
      ...(setup.wrapArgv ?? []),
      ...(program.endsWith('.js') ? [process.execPath, program] : [program]),
      ...start,
      ...['--model', 'claude-sonnet-4-5'],
      ...(project.mcpConfig === undefined ? [] : ['--mcp-config', project.mcpConfig, '--strict-mcp-config']),
      ...(setup.args ?? []),
    ],
    cwd: project.cwd,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: project.home,
      TMPDIR: tmp,
      TERM: 'xterm-256color',
      ANTHROPIC_API_KEY: FAKE_KEY,
      HTTPS_PROXY: api.proxyUrl,
      NODE_EXTRA_CA_CERTS: ca,
      // Newer versions offer fewer tools without it.
      ...(setup.version === '2.0.30' && setup.telemetry !== true && { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' }),
      ...setup.env,
    },
  };
}

/** Runs the real CLI headless, in an environment that holds nothing but what is given. */
export async function runClaude(run: ClaudeRun): Promise<ClaudeResult> {
  const start = run.prompt === null ? ['-p'] : ['-p', run.prompt];
  const { argv, cwd, env } = await claudeCommand(run, start);
  const [file = '', ...args] = argv;
  const before = run.api.received.length;
  const result = await execa(file, args, {
    cwd,
    extendEnv: false,
    env,
    ...(run.stdin === undefined ? { stdin: 'ignore' } : { input: run.stdin }),
    stripFinalNewline: false,
    reject: false,
    timeout: 120_000,
  });
  const received = run.api.received.slice(before);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr, received };
}

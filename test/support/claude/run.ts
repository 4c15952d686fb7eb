import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ReceivedRequest, ScriptedApi } from '../../../src/demo/scripted-api.js';
import { installClaude } from './install.js';
import type { Project } from './project.js';
import type { ClaudeVersion } from './versions.js';

/** No real key. The CLI must send it, claude-trace must keep it from the disk. */
export const FAKE_KEY = ['sk-ant-api03', 'zorblax-not-a-real-key-0123456789abcdef'].join('-');

export interface ClaudeRun {
  version: ClaudeVersion;
  /** Without an `mcpConfig` the CLI takes the servers that its own settings name. */
  project: Pick<Project, 'home' | 'cwd'> & Partial<Pick<Project, 'mcpConfig'>>;
  api: ScriptedApi;
  /** Null: it comes on stdin. */
  prompt: string | null;
  /** Default: nothing to read. */
  stdin?: string;
  /** What stands before the CLI on the command line, such as `claude-trace wrap --`. Default: nothing. */
  wrapArgv?: string[];
  args?: string[];
  /** On top of the clean environment. */
  env?: Record<string, string>;
}

export interface ClaudeResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** What the API got during this run. */
  received: ReceivedRequest[];
}

/** Runs the real CLI headless, in an environment that holds nothing but what is given. */
export async function runClaude(run: ClaudeRun): Promise<ClaudeResult> {
  const { api, project } = run;
  const program = await installClaude(run.version);
  const ca = join(project.home, 'company-ca.pem');
  await writeFile(ca, api.caPem);
  const [file = program, ...args] = [
    ...(run.wrapArgv ?? []),
    ...(program.endsWith('.js') ? [process.execPath, program] : [program]),
    ...(run.prompt === null ? ['-p'] : ['-p', run.prompt]),
    ...['--model', 'claude-sonnet-4-5'],
    ...(project.mcpConfig === undefined ? [] : ['--mcp-config', project.mcpConfig, '--strict-mcp-config']),
    ...(run.args ?? []),
  ];
  const before = api.received.length;
  const result = await execa(file, args, {
    cwd: project.cwd,
    extendEnv: false,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: project.home,
      TERM: 'xterm-256color',
      ANTHROPIC_API_KEY: FAKE_KEY,
      HTTPS_PROXY: api.proxyUrl,
      NODE_EXTRA_CA_CERTS: ca,
      ...run.env,
    },
    ...(run.stdin === undefined ? { stdin: 'ignore' } : { input: run.stdin }),
    stripFinalNewline: false,
    reject: false,
    timeout: 120_000,
  });
  const received = api.received.slice(before);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr, received };
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type RunningProgram, startProgram } from '../product/program.js';

/** The built shims. */
const SHIM = fileURLToPath(new URL('../../../dist/mcp/shim/main.cjs', import.meta.url));
const RULED_SHIM = fileURLToPath(new URL('../../../dist/mcp/shim/ruled.cjs', import.meta.url));

/** Words that start a server through the shim. */
export function throughShim(command: readonly string[], socket = '/nowhere/mcp.sock'): string[] {
  return shimCommand(SHIM, { socket }, command);
}

/** The same with rules. @param rules their file */
export function throughRuledShim(command: readonly string[], task: { socket: string; rules: string }): string[] {
  return shimCommand(RULED_SHIM, task, command);
}

function shimCommand(shim: string, given: object, command: readonly string[]): string[] {
  const task = { ...given, name: 'tickets', scope: 'user' };
  return [process.execPath, shim, Buffer.from(JSON.stringify(task)).toString('base64url'), ...command];
}

const env = (): Record<string, string> => ({ PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '' });

export function startShim(command: readonly string[], socket?: string): RunningProgram {
  return startProgram(throughShim(command, socket), { env: env() });
}

/** A client in a process of its own that starts this command and passes on its input, until it is killed. */
export function startIdleClient(command: readonly string[]): RunningProgram {
  const script = `
    const [file, ...args] = JSON.parse(process.argv[1]);
    const server = require('node:child_process').spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    server.stdout.pipe(process.stdout);
    process.stdin.pipe(server.stdin);
    console.log('shim ' + server.pid);
    setInterval(() => {}, 1000);`;
  return startProgram([process.execPath, '-e', script, JSON.stringify(command)], { env: env() });
}

/** Whether a process runs; a zombie does not. */
export function isRunning(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const ps = spawn('ps', ['-o', 'stat=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
    let state = '';
    ps.stdout.on('data', (chunk: Buffer) => {
      state += chunk;
    });
    ps.on('close', () => resolve(/^[^Z]/.test(state.trim())));
  });
}

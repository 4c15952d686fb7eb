import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type RunningProgram, startProgram } from '../product/program.js';

/** The built shim. */
const SHIM = fileURLToPath(new URL('../../../dist/mcp/shim/main.cjs', import.meta.url));

/** Words that start a server through the shim. */
export function throughShim(command: readonly string[], socket = '/nowhere/mcp.sock'): string[] {
  const task = { socket, name: 'tickets', scope: 'user' };
  return [process.execPath, SHIM, Buffer.from(JSON.stringify(task)).toString('base64url'), ...command];
}

const env = (): Record<string, string> => ({ PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '' });

export function startShim(command: readonly string[], socket?: string): RunningProgram {
  return startProgram(throughShim(command, socket), { env: env() });
}

/** A client in a process of its own that starts this command and then does nothing, until it is killed. */
export function startIdleClient(command: readonly string[]): RunningProgram {
  const script = `
    const [file, ...args] = JSON.parse(process.argv[1]);
    const server = require('node:child_process').spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    server.stdout.pipe(process.stdout);
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

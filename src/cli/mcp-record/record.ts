import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runShim } from '../../mcp/shim/run-shim.js';
import { MAIN } from '../../settings/locations.js';
import { makeRunFolder } from '../../settings/run-folder.js';
import { printError } from '../../text/output/stderr.js';

/** What the process that stores is given on its stdin. */
export interface RecordTask {
  socket: string;
  name: string;
  command: readonly string[];
}

/** A server may end before the process that stores it listens, which takes half a second. Clients kill after 2 s and later. */
const CLOSE_MS = 1_500;

/** Where nobody listens. */
const NO_SOCKET = '/dev/null';

const USAGE = 'claude-trace mcp record [--name <name>] -- <command…>';

/**
 * `claude-trace mcp record [--name <name>] -- <command…>`: runs an MCP server for any client, and stores what passes. This process is
 * the shim; another one, which outlives it, has the database. The server starts first, whatever becomes of the other.
 * @param words after `mcp record`
 */
export function recordServer(words: readonly string[]): void {
  const separator = words.indexOf('--');
  const command = words.slice(separator + 1);
  const [file] = command;
  const name = nameIn(words.slice(0, separator));
  if (file === undefined || name === null) {
    printError(`claude-trace: Write the command of the server after --, as in: ${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const socket = newSocket();
  const task = { socket: socket ?? NO_SOCKET, name: name === '' ? basename(file) : name, scope: 'record' };
  runShim(task, { file, args: command.slice(1), env: process.env }, { closeMs: CLOSE_MS });
  if (socket !== null) startStoring({ socket, name: task.name, command });
}

/** Empty without the option; null where there are other words. */
function nameIn([option, ...rest]: readonly string[]): string | null {
  if (option === undefined) return '';
  if (option === '--name' && rest.length === 1) return rest[0] ?? '';
  return option.startsWith('--name=') && rest.length === 0 ? option.slice('--name='.length) : null;
}

/** A path in a private folder; null where none can be made. The server runs all the same. */
function newSocket(): string | null {
  try {
    return join(makeRunFolder(), 's');
  } catch {
    return null;
  }
}

function startStoring(task: RecordTask): void {
  // A session of its own: signals of the terminal are for the server.
  const child = spawn(process.execPath, [MAIN, '__mcp_record'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => rmSync(dirname(task.socket), { recursive: true, force: true }));
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(task));
  child.unref();
}

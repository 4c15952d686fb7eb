import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeError } from '../../base/error-text.js';
import { runShim } from '../../mcp/shim/run-shim.js';
import type { RulesFile } from '../../runtime/rules/read-rules.js';
import { MAIN } from '../../settings/locations.js';
import { makeRunFolder } from '../../settings/run-folder.js';
import { printError } from '../../text/output/stderr.js';

/** What the process that stores is given on its stdin. */
export interface RecordTask {
  socket: string;
  name: string;
  command: readonly string[];
  rules: RulesFile | null;
}

/** A server may end before the process that stores it listens, which takes half a second. Clients kill after 2 s and later. */
const CLOSE_MS = 1_500;

/** Where nobody listens. */
const NO_SOCKET = '/dev/null';

const USAGE = 'claude-trace mcp record [--name <name>] [--rules <file>] -- <command…>';

/**
 * `claude-trace mcp record [--name <name>] [--rules <file>] -- <command…>`: runs an MCP server for any client, and stores what passes.
 * This process is the shim; another one, which outlives it, has the database. The server starts first, whatever becomes of the other.
 * @param words after `mcp record`
 */
export async function recordServer(words: readonly string[]): Promise<void> {
  const separator = words.indexOf('--');
  const [file, ...args] = words.slice(separator + 1);
  const options = optionsIn(words.slice(0, separator));
  if (file === undefined || options === null) {
    printError(`claude-trace: Write the command of the server after --, as in: ${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const rules = options.rules === undefined ? null : await rulesOf(options.rules);
  if (rules === 'unusable') return;
  const socket = newSocket();
  const task = { socket: socket ?? NO_SOCKET, name: options.name || basename(file), scope: 'record' };
  const command = { file, args, env: process.env };
  if (rules === null) runShim(task, command, { closeMs: CLOSE_MS });
  else {
    const { runRuledShim } = await import('../../mcp/shim/run-ruled-shim.js');
    runRuledShim(task, command, () => rules, { closeMs: CLOSE_MS });
  }
  if (socket !== null) startStoring({ socket, name: task.name, command: [file, ...args], rules });
}

interface RecordOptions {
  name?: string;
  rules?: string;
}

/** Null where there are other words. */
function optionsIn(words: readonly string[]): RecordOptions | null {
  const options: RecordOptions = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name, given] = /^--(name|rules)(?:=(.*))?$/s.exec(word) ?? [];
    const value = given ?? rest.shift();
    if ((name !== 'name' && name !== 'rules') || value === undefined) return null;
    options[name] = value;
  }
  return options;
}

/** Says why a file cannot be used; nothing is started then. */
async function rulesOf(file: string): Promise<RulesFile | 'unusable'> {
  try {
    const { readRules } = await import('../../runtime/rules/read-rules.js');
    return await readRules(file);
  } catch (error) {
    printError(`claude-trace: ${describeError(error)}`);
    process.exitCode = 2;
    return 'unusable';
  }
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

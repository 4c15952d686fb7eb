import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../base/env.js';
import { type KnownMcpServer, withClaudeOption } from '../mcp/discover/index.js';
import { writeShimConfig } from '../mcp/shim/shim-config.js';
import { MAIN, MCP_RULED_SHIM, MCP_SHIM } from '../settings/locations.js';
import { makeRunFolder } from '../settings/run-folder.js';

/** How the command starts its stdio servers through shims. */
export interface ShimFiles {
  /** Where shims report. */
  socket: string;
  /** With an option that names our configuration. */
  command: readonly string[];
  /** What the environment of the command must have besides. */
  env: Readonly<Record<string, string>>;
  /** Names of servers that start as without us: their entries are invalid, or use variables that are not set. */
  leftOut: readonly string[];
  /** Where shims read the rules when they start; null without rules. */
  rules: string | null;
  remove(): void;
}

export interface ShimOptions {
  servers: readonly KnownMcpServer[];
  /** The command line of Claude Code. */
  command: readonly string[];
  /** Environment that it takes variables of entries from. */
  env: Env;
  /** Text of a rules file that is valid; null: no rules act. */
  rules: string | null;
}

/** The limit for paths of sockets: 104 bytes on macOS, 108 on Linux. */
const MAX_SOCKET_PATH = 103;

/**
 * Writes a configuration that starts the stdio servers that may be recorded through the shim, into a private temporary folder.
 * @returns null when there is no such server
 * @throws Error when it cannot be written
 */
export function writeShimFiles({ servers, command, env, rules }: ShimOptions): ShimFiles | null {
  const shimmed = servers.flatMap(({ name, scope, entry, decision, replayed }) =>
    entry !== null && decision === 'recorded' ? [{ name, scope, entry, isReplayed: replayed !== undefined }] : [],
  );
  if (shimmed.length === 0) return null;
  if (process.platform === 'win32') throw new Error('Windows has no groups of processes');
  const folder = privateFolder();
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const socket = join(folder, 's');
    const copy = rules === null ? null : join(folder, 'rules.yaml');
    if (rules !== null && copy !== null) writeFileSync(copy, rules, { mode: 0o600 });
    const written = writeShimConfig(shimmed, {
      shim: { node: process.execPath, file: copy === null ? MCP_SHIM : MCP_RULED_SHIM },
      rules: copy,
      main: MAIN,
      socket,
      env,
    });
    const file = join(folder, 'mcp.json');
    if (written.servers > 0) writeFileSync(file, written.text, { mode: 0o600 });
    return {
      socket,
      command: written.servers > 0 ? withClaudeOption(command, `--mcp-config=${file}`) : command,
      env: written.env,
      leftOut: written.leftOut,
      rules: copy,
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function privateFolder(): string {
  const folder = makeRunFolder();
  if (Buffer.byteLength(join(folder, 's')) <= MAX_SOCKET_PATH) return folder;
  rmSync(folder, { recursive: true });
  return makeRunFolder('/tmp');
}

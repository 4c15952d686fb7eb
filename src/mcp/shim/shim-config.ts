import type { Env } from '../../base/env.js';
import { isRecord, type JsonRecord } from '../../base/json.js';
import type { McpScope } from '../../model/mcp.js';
import { PAD, type WrittenCommand, writeLaunch } from './launch.js';
import { withoutNestedRecord } from './nested-record.js';
import { createSealer, writePad } from './seal.js';

/** A stdio server, with its entry as written. */
export interface ShimmedServer {
  name: string;
  scope: McpScope;
  entry: JsonRecord;
  /** The entry starts a replay of the server. */
  isReplayed?: boolean;
}

export interface ShimPlace {
  /** Words that start the shim. */
  shim: { node: string; file: string };
  /** Path of our program. */
  main: string;
  /** Where the run listens. */
  socket: string;
  /** The rules file of a shim with rules. Default: no rules act. */
  rules?: string | null;
  /** Environment that Claude Code takes variables of entries from. */
  env: Env;
}

/** The configuration that Claude Code gets in place of the entries. */
export interface ShimConfig {
  /** Content of a file for `--mcp-config`. It holds no literal text of the entries' commands, arguments and variables. */
  text: string;
  /** Variables that Claude Code's environment must have. */
  env: Record<string, string>;
  /** How many entries it has. */
  servers: number;
  /** Names of servers that are not among them: their entries are too long, not as Claude Code wants them, or use unset variables. */
  leftOut: string[];
}

/** Writes entries that start these servers through the shim. */
export function writeShimConfig(
  servers: readonly ShimmedServer[],
  { shim, main, socket, rules = null, env }: ShimPlace,
): ShimConfig {
  const sealer = createSealer();
  const mcpServers: Record<string, unknown> = {};
  const leftOut: string[] = [];
  for (const { name, scope, entry, isReplayed = false } of servers) {
    const command = commandOf(entry);
    if (command === null || usesUnset(command, env) || sizeOf(command) > sealer.free) {
      leftOut.push(name);
      continue;
    }
    const task = {
      socket,
      name,
      scope,
      ...(isReplayed && { synthetic: true }),
      ...(rules !== null && { rules }),
    };
    const launch = writeLaunch(task, withoutNestedRecord(command, main), sealer);
    mcpServers[name] = {
      ...plainFields(entry),
      command: shim.node,
      args: [shim.file, ...launch.args],
      env: launch.env,
    };
  }
  return {
    text: JSON.stringify({ mcpServers }),
    env: { [PAD]: writePad(sealer.pad) },
    servers: Object.keys(mcpServers).length,
    leftOut,
  };
}

/** Null if Claude Code would refuse the entry: in a file of `--mcp-config`, that would end it. */
function commandOf({ command, args = [], env = {} }: JsonRecord): WrittenCommand | null {
  if (typeof command !== 'string' || command === '') return null;
  if (!isList(args) || !isRecord(env)) return null;
  const values = Object.entries(env).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  if (values.length < Object.keys(env).length) return null;
  return { file: command, args, env: Object.fromEntries(values) };
}

/** Bytes of all that is sealed, at most. */
function sizeOf({ file, args, env }: WrittenCommand): number {
  return Buffer.byteLength([file, ...args, ...Object.values(env)].join(''));
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Claude Code 2.0.30 does not start a server with such a reference; newer versions start it with the reference as it is. */
function usesUnset({ file, args, env: own }: WrittenCommand, env: Env): boolean {
  const texts = [file, ...args, ...Object.values(own)];
  return texts.some((text) => [...text.matchAll(/\$\{([^}]+)\}/g)].some(([, name = '']) => isUnset(name, env)));
}

function isUnset(reference: string, env: Env): boolean {
  return !reference.includes(':-') && env[reference] === undefined;
}

/** Settings of the entry, such as `timeout`. They are not sealed, since Claude Code reads them. */
function plainFields(entry: JsonRecord): Record<string, unknown> {
  const fields = Object.entries(entry).filter(
    ([name, value]) => typeof value === 'number' || typeof value === 'boolean' || PLAIN_TEXTS.has(name),
  );
  return Object.fromEntries(fields);
}

const PLAIN_TEXTS: ReadonlySet<string> = new Set(['type', 'cwd', 'role']);

import type { Sealer } from './seal.js';
import { type Pad, readPad, unseal } from './unseal.js';

/** The first argument of a shim, before the server's command. */
export interface ShimTask {
  /** Path of the run's listener. */
  socket: string;
  /** Name of the server, as in the configuration. */
  name: string;
  scope: string | null;
  /** The server is a replay. */
  synthetic?: boolean;
  /** A rules file that is valid. Not set: no rules act. */
  rules?: string;
}

/** The environment variable with the pad of this run. */
export const PAD = 'CLAUDE_TRACE_MCP_PAD';

/** A variable of the server waits under this prefix, so that NODE_OPTIONS or LD_PRELOAD of a server do not change the shim. */
const PREFIX = 'CLAUDE_TRACE_MCP_ENV_';

/** The server's command, as it would be started without a shim. */
export interface ServerCommand {
  file: string;
  args: string[];
  env: Record<string, string | undefined>;
}

/** Modules that the user's shell preloads into Node.js are for the server, too. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference that Claude Code replaces
const INHERITED = { NODE_OPTIONS: '${NODE_OPTIONS:-}' };

/** A server's command as its entry has it, with references to variables. */
export interface WrittenCommand {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Arguments of the shim and variables of its environment, to be written into a configuration. */
export function writeLaunch(
  task: ShimTask,
  command: WrittenCommand,
  { seal }: Sealer,
): { args: string[]; env: Record<string, string> } {
  const sealed = Object.entries(command.env).map(([name, value]) => [name, seal(value)]);
  const env = Object.entries({ ...INHERITED, ...Object.fromEntries(sealed) }).map(([name, value]) => [
    `${PREFIX}${name}`,
    value,
  ]);
  return {
    args: [Buffer.from(JSON.stringify(task)).toString('base64url'), ...[command.file, ...command.args].map(seal)],
    env: { [PAD]: `\${${PAD}}`, NODE_OPTIONS: '', ...Object.fromEntries(env) },
  };
}

/** The inverse of `writeLaunch`, in the shim. */
export function readLaunch(
  [task = '', ...words]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { task: ShimTask; command: ServerCommand } {
  const pad = readPad(env[PAD] ?? '');
  const [file = '', ...args] = words.map((word) => unseal(word, pad));
  return {
    task: JSON.parse(Buffer.from(task, 'base64url').toString()),
    command: { file, args, env: serverEnvironment(env, pad) },
  };
}

function serverEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  pad: Pad,
): Record<string, string | undefined> {
  const result = { ...env };
  delete result[PAD];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX)) continue;
    delete result[name];
    result[name.slice(PREFIX.length)] = unseal(value ?? '', pad);
  }
  // Claude Code makes an empty text of a variable that is not set.
  if (result.NODE_OPTIONS === '') delete result.NODE_OPTIONS;
  return result;
}

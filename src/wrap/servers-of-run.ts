import type { Env } from '../base/env.js';
import { describeError } from '../base/error-text.js';
import { UserError } from '../base/errors.js';
import { type DiscoveredMcpServers, discoverWithAgents, type KnownMcpServer } from '../mcp/discover/index.js';
import { notify } from '../text/output/stderr.js';
import { printableLine } from '../text/text.js';
import type { Launch } from './launch.js';
import type { SessionReport } from './session-report.js';
import { type ShimFiles, type ShimOptions, writeShimFiles } from './shim-files.js';
import { unruledServers } from './unruled-servers.js';

/** The MCP servers of the command, with replays in their places; null if MCP is not recorded. @throws UserError */
export async function findServers(
  { command, config, settings, replay }: Launch,
  report: SessionReport,
): Promise<DiscoveredMcpServers | null> {
  if (!config['mcp.enabled']) return null;
  const found = await discoverWithAgents({ env: process.env, cwd: process.cwd(), command, config, settings });
  if (replay === null) return found;
  return { ...found, servers: replay.inPlaceOf(found.servers, (text) => report.problem('not_replayed', text)) };
}

/**
 * How the command starts these servers, or null if it starts none through a shim.
 * @throws Error if a replayed server would be started itself
 */
export function shimsFor(
  { command, named, replay }: Launch,
  servers: readonly KnownMcpServer[],
  env: Env,
  report: SessionReport,
): ShimFiles | null {
  const options = { servers, command, env, rules: named?.text ?? null };
  const shims = replay ? writeShimFiles(options) : tryShimFiles(options, report);
  const leftOut = shims?.leftOut ?? [];
  const replayed = servers.filter(({ replayed }) => replayed !== undefined).map(({ name }) => name);
  const unplayed = replayed.filter((name) => leftOut.includes(name));
  if (unplayed.length > 0) {
    shims?.remove();
    throw new UserError(`Nothing was started: there are too many tapes of these servers: ${listed(unplayed)}.`);
  }
  if (leftOut.length > 0) {
    const why = 'since their entries are not valid, too long, or use variables that are not set';
    report.problem('left_out', `MCP servers that were not recorded, ${why}: ${listed(leftOut)}.`);
  }
  return shims;
}

/** Null if they cannot be written: the command starts its servers without them. */
function tryShimFiles(options: ShimOptions, report: SessionReport): ShimFiles | null {
  try {
    return writeShimFiles(options);
  } catch (error) {
    report.problem('no_shims', `Stdio MCP servers were not recorded: ${describeError(error)}.`);
    return null;
  }
}

/** Names the servers on which no rule acts, at once: users who rely on a rule must know it before the command runs. */
export function warnOfUnruled(...context: Parameters<typeof unruledServers>): void {
  const unruled = unruledServers(...context);
  if (unruled.length > 0) notify(`Rules do not act on these MCP servers: ${listed(unruled)}.`);
}

function listed(names: readonly string[]): string {
  return names.map(printableLine).join(', ');
}

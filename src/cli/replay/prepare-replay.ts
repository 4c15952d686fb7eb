import { UsageError } from '../../base/errors.js';
import { readInvocation } from '../../mcp/discover/index.js';
import type { Config } from '../../settings/config.js';
import { type ReplayedServers, withReplays } from '../../wrap/replayed-servers.js';
import { writeReplayFiles } from './replay-files.js';

/**
 * What `wrap --replay` replays.
 * @param words sessions, or files of tapes
 * @throws UsageError where the command is not a session of Claude Code, or its servers may not be recorded; UserError for tapes that
 *   cannot be read
 */
export async function prepareReplay(
  words: readonly string[],
  command: readonly string[],
  config: Config,
): Promise<ReplayedServers> {
  if (words.length === 0) throw new UsageError('--replay needs a session, or files of tapes.');
  if (!config['mcp.enabled']) {
    throw new UsageError('--replay also records MCP servers, which --no-mcp or mcp.enabled turns off.');
  }
  if (readInvocation(command)?.isSession !== true) {
    throw new UsageError('--replay replaces servers of a session of Claude Code: give a command such as -- claude.');
  }
  const { tapes, remove } = await writeReplayFiles(words);
  return { inPlaceOf: (servers, warn) => withReplays(servers, tapes, warn), remove };
}

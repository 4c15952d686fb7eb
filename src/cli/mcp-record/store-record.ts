import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { recordedServer } from '../../mcp/discover/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { ShimTap } from '../../runtime/threads/shim-tap.js';
import { startTrace } from '../../runtime/trace-session.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { removeDeadRunFolders } from '../../settings/run-folder.js';
import type { RecordTask } from './record.js';

/** A shim gives up to connect after as long. */
const CONNECT_MS = 10_000;

/** Stores what the shim of `mcp record` sends, until its server has ended. Prints nothing: stdout belongs to the server. */
export async function storeRecord(): Promise<void> {
  const { socket, name, command, rules: named }: RecordTask = JSON.parse(await text(process.stdin));
  try {
    const paths = resolvePaths(process.env);
    const config = await loadConfig(paths.configFile);
    if (!config.enabled || !config.capture_enabled || !config['mcp.enabled']) return;
    const rules = await configuredRules(config, paths.configFile);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const deadline = setTimeout(end, CONNECT_MS);
    const session = await startTrace({
      taps: [new ShimTap({ socket, rules: named, onOpened: () => clearTimeout(deadline), onClosed: end })],
      config,
      paths,
      command,
      mcpServers: [recordedServer(name, command, process.env)],
      rules: rules || named ? { set: rules, isRuled: named !== null } : null,
      onCommitted: () => {},
      onProblem: () => {},
    });
    void removeDeadRunFolders();
    const { openToOthers } = await import('../../runtime/live-runs.js');
    // Without it a paused message passes when its time is over.
    const close = named && (await openToOthers(paths, session, named.file).catch(() => null));
    await ended;
    await session.stop(new AbortController().signal);
    close?.();
  } finally {
    rmSync(dirname(socket), { recursive: true, force: true });
  }
}

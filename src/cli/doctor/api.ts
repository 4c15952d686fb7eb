import { announcedServers } from '../../api/announcement.js';
import type { Paths } from '../../settings/paths.js';
import { printableLine } from '../../text/text.js';
import { type Finding, note, ok } from './finding.js';

const WHAT = 'HTTP API';
const TIMEOUT_MS = 2_000;

/** Finds the servers of this database, and asks each whether it answers. */
export async function checkApi({ database }: Pick<Paths, 'database'>): Promise<Finding[]> {
  const servers = announcedServers(database);
  if (servers.length === 0) return [note(WHAT, 'no server runs; `claude-trace serve` and `wrap` start one')];
  return Promise.all(
    servers.map(async ({ url, pid, version }) => {
      const server = printableLine(`${url} (claude-trace ${version}, pid ${pid})`);
      return (await answers(url))
        ? ok(WHAT, `${server}; its documentation: /docs`)
        : note(WHAT, `${server} does not answer`);
    }),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })).ok;
  } catch {
    // The server is down, or another program uses its port.
    return false;
  }
}

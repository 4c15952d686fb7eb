import { announcedServers } from '../../api/announcement.js';
import type { Paths } from '../../settings/paths.js';
import { printableLine } from '../../text/text.js';
import type { Finding } from './finding.js';

const WHAT = 'HTTP API';
const TIMEOUT_MS = 2_000;

/** Where servers of this database are, asked whether they answer. */
export async function checkApi({ database }: Paths): Promise<Finding[]> {
  const servers = announcedServers(database);
  if (servers.length === 0) {
    return [{ level: 'note', what: WHAT, message: 'no server runs: `claude-trace serve` starts one, and `wrap` does' }];
  }
  return Promise.all(
    servers.map(async ({ url, pid, version }): Promise<Finding> => {
      const server = printableLine(`${url} (claude-trace ${version}, pid ${pid})`);
      return (await answers(url))
        ? { level: 'ok', what: WHAT, message: `${server}: /docs is a page to read` }
        : { level: 'note', what: WHAT, message: `${server} does not answer` };
    }),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })).ok;
  } catch {
    // Why matters little: it is down, or something else has its port.
    return false;
  }
}

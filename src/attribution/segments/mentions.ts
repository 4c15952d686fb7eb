import type { Source } from '../../model/source.js';

/** Mentions with `@` in a message. */
export interface Mentions {
  /** Servers of `@server:uri`, in order. */
  servers: readonly Source[];
  /** Names of files, without their folders. */
  files: ReadonlySet<string>;
}

export const NO_MENTIONS: Mentions = { servers: [], files: new Set() };

const MENTION = /@"?([^\s"@]+)/g;
/** Limits that no typed message reaches. */
const MAX_MENTIONS = 200;
const MAX_LENGTH = 1_000;

export function mentionsIn(texts: readonly string[], knownServer: (name: string) => string | null): Mentions {
  const servers: Source[] = [];
  const files = new Set<string>();
  let count = 0;
  for (const text of texts) {
    if (!text.includes('@')) continue;
    for (const [, mention = ''] of text.matchAll(MENTION)) {
      if (mention.length > MAX_LENGTH) continue;
      const server = serverIn(mention, knownServer);
      if (server !== null) servers.push(`mcp:${server}`);
      else files.add(nameOf(mention));
      count += 1;
      if (count === MAX_MENTIONS) return { servers, files };
    }
  }
  return { servers, files };
}

/** Names of plugins' servers hold colons: the longest known one wins. */
function serverIn(mention: string, knownServer: (name: string) => string | null): string | null {
  const scheme = mention.indexOf('://');
  let colon = mention.lastIndexOf(':', scheme === -1 ? mention.length : scheme - 1);
  for (; colon > 0; colon = mention.lastIndexOf(':', colon - 1)) {
    const server = knownServer(mention.slice(0, colon));
    if (server !== null) return server;
  }
  return null;
}

export function nameOf(path: string): string {
  const [plain = ''] = path.replaceAll('\\', '/').split('#', 1);
  return plain.slice(plain.lastIndexOf('/') + 1).replace(/[.,;:!?)]{1,8}$/, '');
}

import { matchesGlob } from '../../base/glob.js';
import { type JsonRecord, recordsOf } from '../../base/json.js';
import type { PlacedSettings } from '../../settings/claude/index.js';
import type { Candidate } from './entries.js';

/** Which servers `allowedMcpServers` and `deniedMcpServers` leave, over all settings files. */
export interface Policies {
  isDenied(server: Candidate): boolean;
  /** They judge stdio servers by their commands. */
  nameCommands: boolean;
}

/**
 * Both lists are joined over all places; managed settings can make theirs the only list of what is allowed. A denied server is
 * denied by any of its name, command and URL. Where a list of what is allowed names commands, or URLs, names do not count for
 * such servers. (Seen in 2.1.197 and 2.1.332; 2.0.30 knows names only.)
 */
export function readPolicies(places: readonly PlacedSettings[]): Policies {
  const managed = places.filter(({ origin }) => origin.scope === 'managed');
  const onlyManaged = managed.some(({ settings }) => settings.allowManagedMcpServersOnly === true);
  const onlyPlugins = managed.some(({ settings: { strictPluginOnlyCustomization: only } }) =>
    Array.isArray(only) ? only.includes('mcp') : only === true,
  );
  const denied = places.flatMap(({ settings }) => recordsOf(settings.deniedMcpServers));
  const lists = (onlyManaged ? managed : places).filter(({ settings }) => Array.isArray(settings.allowedMcpServers));
  const allowed = lists.flatMap(({ settings }) => recordsOf(settings.allowedMcpServers));
  const isAllowed = (server: Candidate): boolean => {
    if (lists.length === 0) return true;
    const key = server.transport === 'stdio' ? 'serverCommand' : 'serverUrl';
    const byKey = allowed.filter((rule) => rule[key] !== undefined);
    return (byKey.length > 0 ? byKey : allowed).some((rule) => matches(rule, server));
  };
  return {
    isDenied: (server) =>
      denied.some((rule) => matches(rule, server)) ||
      !isAllowed(server) ||
      (onlyPlugins && ['user', 'project', 'local'].includes(server.scope)),
    nameCommands: onlyPlugins || [...denied, ...allowed].some((rule) => rule.serverCommand !== undefined),
  };
}

function matches(
  { serverName, serverCommand, serverUrl }: JsonRecord,
  { name, command, url, entry }: Candidate,
): boolean {
  if (serverName === name) return true;
  if (Array.isArray(serverCommand)) return url === null && isSame(serverCommand, command);
  if (typeof serverUrl !== 'string' || url === null) return false;
  return [url, entry.url].some((each) => typeof each === 'string' && matchesGlob(serverUrl, each));
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

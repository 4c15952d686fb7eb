import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import { isRecord, type JsonRecord, parseRecord, recordsOf } from '../../base/json.js';
import type { McpScope } from '../../model/mcp.js';
import { claudeFolder, foldersUp } from '../../settings/claude/index.js';
import { readInvocation } from './invocation.js';

/** The entries of servers in the definition of an agent, which start with the agent (2.1.197 and newer, without an approval). */
export interface AgentServers {
  scope: McpScope;
  entries: JsonRecord;
}

/**
 * Finds the servers in agents of the user, of the project with the folders above it, and of `--agents`. Servers that an agent only
 * names are those of the session. Plugins cannot give their agents servers.
 */
export async function readAgentServers({
  env,
  cwd,
  command,
}: {
  env: Env;
  cwd: string;
  command: readonly string[];
}): Promise<AgentServers[]> {
  const own = claudeFolder(env);
  const above = foldersUp(cwd).map((folder) => join(folder, '.claude'));
  const places: [McpScope, string][] = [
    ['user', own],
    ...above.filter((folder) => folder !== own).map((folder): [McpScope, string] => ['project', folder]),
  ];
  const found = places.map(async ([scope, folder]) => {
    const files = await markdownFiles(join(folder, 'agents'));
    return (await Promise.all(files.map(readAgentFile))).map((definition) => ofDefinition(scope, definition));
  });
  const given = (readInvocation(command)?.agents ?? []).map(async (value) =>
    Object.values(parseRecord(await givenText(value, cwd)) ?? {}).map((each) => ofDefinition('command line', each)),
  );
  return (await Promise.all([...found, ...given])).flat(2);
}

function ofDefinition(scope: McpScope, definition: unknown): AgentServers[] {
  const { mcpServers } = isRecord(definition) ? definition : {};
  const lists = isRecord(mcpServers) ? [mcpServers] : recordsOf(mcpServers);
  return lists.map((entries) => ({ scope, entries }));
}

/** JSON, or the name of a file (2.1.332). */
async function givenText(value: string, cwd: string): Promise<string> {
  if (value.trim().startsWith('{')) return value;
  return readText(isAbsolute(value) ? value : join(cwd, value));
}

async function markdownFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ parentPath, name }) => join(parentPath, name));
}

const FRONTMATTER = /^---\r?\n([\s\S]*?)\r?\n---/;

async function readAgentFile(file: string): Promise<unknown> {
  const [, frontmatter = ''] = FRONTMATTER.exec(await readText(file)) ?? [];
  if (!/^mcpServers\s*:/m.test(frontmatter)) return null;
  const { parseFrontmatter } = await import('./frontmatter.js');
  return parseFrontmatter(frontmatter);
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

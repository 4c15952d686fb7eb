import type { ThreadContext } from '../model/segment.js';
import { isObject, type JsonObject, stringOr } from './json.js';
import { type Label, label } from './piece.js';
import type { RuleContext } from './rules.js';
import { callLabel, normalServer, toolSource } from './tool-source.js';

/** What segmenting one request has to know beyond the block at hand. */
export interface Conversation extends RuleContext {
  readonly thread: ThreadContext;
  readonly servers: readonly string[];
  /** Labels of all tool calls of the request by `tool_use` id, wherever they stand. */
  readonly calls: ReadonlyMap<string, Label>;
}

export function readConversation(body: JsonObject, thread: ThreadContext): Conversation {
  const names = toolNames(body);
  const servers = [...new Set([...thread.knownServers, ...instructedServers(body)])];
  const calls = readCalls(body, servers);
  const files = [...calls.values()].flatMap(({ source, detail }) =>
    source.startsWith('tool:') && detail ? [detail] : [],
  );
  return {
    thread,
    servers,
    calls,
    knownServer(heading) {
      const name = normalServer(heading);
      return servers.includes(name) || names.some((tool) => tool.startsWith(`mcp__${name}__`)) ? name : null;
    },
    toolSource: (name) => toolSource(name, servers),
    callSource: (id) => calls.get(id)?.source ?? null,
    worksUnder: (folder) => folder !== '' && files.some((file) => file.startsWith(folder)),
  };
}

/** Label of a block that calls a tool, client-side or server-side; null for other blocks. */
export function callOf(block: JsonObject, servers: readonly string[]): Label | null {
  if (block.type === 'mcp_tool_use')
    return label(`mcp:${normalServer(stringOr(block.server_name, 'unknown'))}`, 'call');
  if (block.type !== 'tool_use' && block.type !== 'server_tool_use') return null;
  return typeof block.name === 'string' ? callLabel(block.name, block.input, servers) : null;
}

/** Content blocks of a message or a tool_result; none for a string. */
export function blocksOf(parent: unknown): JsonObject[] {
  const content = isObject(parent) ? parent.content : undefined;
  return Array.isArray(content) ? content.filter(isObject) : [];
}

export function messagesOf(body: unknown): unknown[] {
  return isObject(body) && Array.isArray(body.messages) ? body.messages : [];
}

/**
 * Servers named by a heading of MCP instructions and by the prefix of some tool: that tells `a__b` + `c` from `a` +
 * `b__c`, which tool names alone do not.
 */
export function instructedServers(body: unknown): string[] {
  const names = isObject(body) ? toolNames(body) : [];
  const headings = new Set<string>();
  for (const text of harnessTexts(body)) {
    const from = text.indexOf('# MCP Server Instructions');
    if (from === -1) continue;
    for (const [, heading = ''] of text.slice(from).matchAll(/^## ([^\n]+)$/gm)) headings.add(normalServer(heading));
  }
  return [...headings].filter((server) => names.some((name) => name.startsWith(`mcp__${server}__`)));
}

/** Names of the request's tools, of those that were called, and of those in deferred listings. */
function toolNames(body: JsonObject): string[] {
  const tools = Array.isArray(body.tools) ? body.tools.filter(isObject) : [];
  const blocks = messagesOf(body).flatMap(blocksOf);
  const names = [...tools, ...blocks].flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  for (const text of harnessTexts(body)) {
    if (text.includes('deferred tools')) for (const [name] of text.matchAll(/^mcp__[\w-]+$/gm)) names.push(name);
  }
  return [...new Set(names)];
}

function* harnessTexts(body: unknown): Generator<string> {
  if (!isObject(body)) return;
  yield* textsOf(body.system);
  for (const message of messagesOf(body)) {
    if (isObject(message) && message.role !== 'assistant') yield* textsOf(message.content);
  }
}

function* textsOf(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  if (!Array.isArray(content)) return;
  for (const block of content) if (isObject(block) && typeof block.text === 'string') yield block.text;
}

function readCalls(body: JsonObject, servers: readonly string[]): Map<string, Label> {
  const calls = new Map<string, Label>();
  for (const block of messagesOf(body).flatMap(blocksOf)) {
    const call = callOf(block, servers);
    if (call !== null && typeof block.id === 'string') calls.set(block.id, call);
  }
  return calls;
}

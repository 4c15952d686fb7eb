import type { ThreadContext } from '../../model/segment.js';
import { isObject, type JsonObject, stringOr } from '../json.js';
import type { RuleContext } from '../rules/rules.js';
import { memoryPlaces } from './memory-places.js';
import { type Label, label } from './piece.js';
import { isReminderBlock, reminderTail } from './reminders.js';
import { callLabel, normalServer, serverSource, toolSource } from './tool-source.js';

/** The API allows 64 characters (128 for some); longer names are no tools. */
const MAX_TOOL_NAME = 256;
/** More are no list of a harness; every tool name is held against all servers. */
const MAX_CONNECTING = 500;
/** In a reminder, and as 2.1.100 writes it: a message of its own, in tags. */
const DEFERRED_LISTING = /deferred[ -]tools/;
const CONNECTING_MARK = 'MCP servers are still connecting';
const CONNECTING = /^The following MCP servers are still connecting[^\n]*\n((?:\S[^\n]*\n)*)/m;

/** What segmenting one request has to know beyond the block at hand. */
export interface Conversation extends RuleContext {
  readonly thread: ThreadContext;
  readonly servers: ReadonlySet<string>;
  /** Labels of all tool calls of the request by `tool_use` id, wherever they stand. */
  readonly calls: ReadonlyMap<string, Label>;
  /** Reminders have text blocks of their own: one with other text behind it in the same block is not the harness's. */
  readonly reminderBlocks: boolean;
  /** Newer models are told in `role: system` messages what older ones find behind tool_results. */
  readonly systemMessages: boolean;
  /** No tools: a title, a check of a command and the like. */
  readonly sideCall: boolean;
}

export function readConversation(body: JsonObject, thread: ThreadContext): Conversation {
  const texts = [...harnessTexts(body)];
  const messages = messagesOf(body);
  const blocks = messages.flatMap(blocksOf);
  const names = toolNames(body, blocks, texts);
  const prefixes = serverPrefixes(names);
  const servers = new Set([...thread.knownServers, ...serversIn(texts, prefixes)]);
  const calls = readCalls(blocks, servers);
  const files = [...calls.values()].flatMap(({ source, detail }) =>
    source.startsWith('tool:') && detail ? [detail] : [],
  );
  const places = memoryPlaces(texts, files);
  const sideCall = !Array.isArray(body.tools) || body.tools.length === 0;
  return {
    thread,
    servers,
    calls,
    knownServer(heading) {
      const name = normalServer(heading);
      return servers.has(name) || prefixes.has(name) ? name : null;
    },
    toolSource: (name) => toolSource(name, servers),
    callSource: (id) => calls.get(id)?.source ?? null,
    wasCalled: (tool) => names.has(tool),
    worksUnder: places.liesAbove,
    mayBeMemory: places.mayHold,
    // A main thread has tools.
    inAgent: thread.agent !== null || sideCall,
    restoring: false,
    reminderBlocks: blocks.some(({ text }) => typeof text === 'string' && isReminderBlock(text)),
    systemMessages: messages.some((message) => isObject(message) && message.role === 'system'),
    sideCall,
  };
}

/** Label of a block that calls a tool, client-side or server-side; null for other blocks. */
export function callOf(block: JsonObject, servers: ReadonlySet<string>): Label | null {
  if (block.type === 'mcp_tool_use') return label(serverSource(stringOr(block.server_name, 'unknown')), 'call');
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
 * Servers named as still connecting (2.1.197), or by a heading of MCP instructions and by the prefix of some tool: that
 * tells `a__b` + `c` from `a` + `b__c`, which tool names alone do not.
 */
export function instructedServers(body: unknown): string[] {
  const texts = [...harnessTexts(body)];
  const names = isObject(body) ? toolNames(body, messagesOf(body).flatMap(blocksOf), texts) : new Set<string>();
  return serversIn(texts, serverPrefixes(names));
}

function serversIn(texts: readonly string[], prefixes: ReadonlySet<string>): string[] {
  const servers = new Set<string>();
  for (const text of texts) {
    const [, connecting = ''] = text.includes(CONNECTING_MARK) ? (CONNECTING.exec(text) ?? []) : [];
    for (const name of connecting.split('\n', MAX_CONNECTING)) if (name.trim() !== '') servers.add(normalServer(name));
    const from = text.indexOf('# MCP Server Instructions');
    if (from === -1) continue;
    for (const [, heading = ''] of text.slice(from).matchAll(/^## ([^\n]+)$/gm)) {
      const server = normalServer(heading);
      if (prefixes.has(server)) servers.add(server);
    }
  }
  return [...servers];
}

/** Every name that a server of these tools could have: `mcp__a__b__c` may be of `a` or of `a__b`. */
function serverPrefixes(names: ReadonlySet<string>): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const name of names) {
    if (!name.startsWith('mcp__') || name.length > MAX_TOOL_NAME) continue;
    for (let cut = name.indexOf('__', 6); cut !== -1; cut = name.indexOf('__', cut + 1)) {
      prefixes.add(name.slice('mcp__'.length, cut));
    }
  }
  return prefixes;
}

/** Names of the request's tools, of those that were called, and of those in deferred listings. */
function toolNames(body: JsonObject, blocks: readonly JsonObject[], texts: readonly string[]): Set<string> {
  const tools = Array.isArray(body.tools) ? body.tools.filter(isObject) : [];
  const names = new Set<string>();
  for (const { name } of [...tools, ...blocks]) if (typeof name === 'string') names.add(name);
  for (const text of texts) {
    if (DEFERRED_LISTING.test(text)) for (const [name] of text.matchAll(/^mcp__[\w-]+$/gm)) names.add(name);
  }
  return names;
}

/** Texts that the harness may have a hand in: all but the assistant's, and of tool_results the reminders at their end. */
function* harnessTexts(body: unknown): Generator<string> {
  if (!isObject(body)) return;
  yield* textsOf(body.system);
  for (const message of messagesOf(body)) {
    if (isObject(message) && message.role !== 'assistant') yield* textsOf(message.content);
  }
}

/** Text blocks, and the tails of tool_results; of a string itself. */
export function* textsOf(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (!isObject(block)) continue;
    if (typeof block.text === 'string') yield block.text;
    if (block.type === 'tool_result') yield* tailsOf(block.content);
  }
}

function* tailsOf(content: unknown): Generator<string> {
  const last: unknown = Array.isArray(content) ? content.at(-1) : { text: content };
  const tail = isObject(last) ? reminderTail(stringOr(last.text, '')) : '';
  if (tail !== '') yield tail;
}

function readCalls(blocks: readonly JsonObject[], servers: ReadonlySet<string>): Map<string, Label> {
  const calls = new Map<string, Label>();
  for (const block of blocks) {
    const call = callOf(block, servers);
    if (call !== null && typeof block.id === 'string') calls.set(block.id, call);
  }
  return calls;
}

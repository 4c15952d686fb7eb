import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { mcpSource, serverInRequests } from '../../model/mcp-names.js';
import type { ThreadContext } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import { type Budget, UNLIMITED } from '../budget.js';
import type { RuleContext } from '../rules/rule.js';
import { agentIdsIn } from './agent-ids.js';
import { bodyParts, isServerTool, messagesOf, textsOf } from './body-parts.js';
import { listedSkills } from './listed-skills.js';
import { memoryPlaces } from './memory-places.js';
import { once } from './once.js';
import { type Label, label } from './piece.js';
import { isReminderBlock } from './reminder-tags.js';
import { isMarkedSubagent, isWorkflowAgent } from './subagent.js';
import { callLabel, toolSource } from './tool-source.js';

/** The API allows 64 characters (128 for some); longer names are not tools. */
const MAX_TOOL_NAME = 256;
/** A limit, since every tool name is compared with all servers; no listing of the harness is longer. */
const MAX_CONNECTING = 500;
/** In a reminder, or, in 2.1.100, in a message of its own. */
const DEFERRED_LISTING = /deferred[ -]tools/;
const CONNECTING = 'The following MCP servers are still connecting';

/** Facts about the whole request that segmenting a block needs. */
export interface Conversation extends RuleContext {
  readonly thread: ThreadContext;
  readonly servers: ReadonlySet<string>;
  /** Labels of all tool calls of the request by `tool_use` id. */
  readonly calls: ReadonlyMap<string, Label>;
  /** Reminders have text blocks of their own: one with other text behind it in its block is not the harness's. */
  readonly reminderBlocks: boolean;
  /** Newer models get in `role: system` messages what older ones get behind tool_results. */
  readonly systemMessages: boolean;
  /** No tools, or none that Claude Code runs: a title, a check of a command, a search and the like. */
  readonly sideCall: boolean;
  /** A check of a tool call in auto mode. */
  readonly isMonitor: boolean;
  /** The source of a slash command: an MCP server (its prompt), a skill that the session lists, or the command itself. */
  commandSource(name: string): Source;
  /** The tool that scheduled a prompt for later, or null. */
  scheduledBy(prompt: string): Source | null;
  /** A subagent's own request. */
  readonly isSubagent: boolean;
  /** Sent by an agent that a workflow's script started. */
  readonly isWorkflow: boolean;
}

export function readConversation(body: JsonRecord, thread: ThreadContext, budget: Budget): Conversation {
  const messages = messagesOf(body);
  const { blocks, harnessTexts: texts } = bodyParts(body, budget);
  const { names, prefixes, servers: named } = namesIn(body, budget);
  const servers = new Set([...thread.knownServers, ...named]);
  const calls = readCalls(blocks, servers);
  const origins = new Map(Object.entries(thread.origins ?? {}));
  const readers = new Map([...calls.values()].flatMap(({ source, detail }) => readerOf(source, detail)));
  const places = memoryPlaces(texts, [...readers.keys()]);
  const callSource = (id: string): Source | null => calls.get(id)?.source ?? origins.get(id) ?? null;
  const agents = once(() => agentIdsIn(blocks, callSource));
  const skills = once(() => new Set([...(thread.skills ?? []), ...listedSkills(texts)]));
  const scheduled = once(() => scheduledPrompts(blocks));
  const toolless = !Array.isArray(body.tools) || body.tools.length === 0;
  const isSubagent = thread.subagent === true || thread.agent !== null || isMarkedSubagent(body);
  return {
    thread,
    budget,
    servers,
    calls,
    knownServer(heading) {
      const name = serverInRequests(heading);
      return servers.has(name) || prefixes.has(name) ? name : null;
    },
    toolSource: (name) => toolSource(name, servers),
    callSource,
    wasCalled: (tool) => names.has(tool),
    worksUnder: places.liesAbove,
    mayBeMemory: places.mayHold,
    isMemory: places.isMemory,
    fileSource: (path) => readers.get(path) ?? null,
    agentSource: (id) => agents().get(id) ?? origins.get(id) ?? null,
    mentionedServer: () => null,
    agentName: thread.agent?.name ?? null,
    agentMemory: once(() => agentMemoryFolder(textsOf(body.system))),
    commandSource(name) {
      const source = promptSource(name) ?? toolSource(name, servers);
      if (source.startsWith('mcp:')) return source;
      return skills().has(name) ? `skill:${name}` : `command:${name}`;
    },
    scheduledBy: (prompt) => scheduled().get(prompt.trim()) ?? null,
    answered: false,
    messageArrived: false,
    // Requests of the main thread have tools.
    inAgent: isSubagent || toolless,
    isSubagent,
    isWorkflow: isWorkflowAgent(body),
    restoring: false,
    isRestored: () => false,
    reminderBlocks: blocks.some(({ text }) => typeof text === 'string' && isReminderBlock(text)),
    systemMessages: messages.some((message) => isRecord(message) && message.role === 'system'),
    sideCall: toolless || (Array.isArray(body.tools) && body.tools.every(isServerTool)),
    isMonitor: toolless && [...textsOf(body.system)].some((text) => text.startsWith('You are a security monitor ')),
  };
}

/** 2.0.30 names the prompt of an MCP server `server:prompt (MCP)`, newer versions like a tool. */
function promptSource(name: string): Source | null {
  const colon = name.indexOf(':');
  return colon > 0 && name.endsWith(' (MCP)') ? mcpSource(name.slice(0, colon)) : null;
}

const AGENT_MEMORY = '# Persistent Agent Memory\n';

/** The folder in backticks behind the heading. */
function agentMemoryFolder(texts: Iterable<string>): string | null {
  for (const text of texts) {
    const start = text.indexOf(AGENT_MEMORY);
    if (start === -1) continue;
    const [, folder] = /`([^`\n]+)`/.exec(text.slice(start, start + 2_000)) ?? [];
    if (folder !== undefined) return folder.endsWith('/') ? folder : `${folder}/`;
  }
  return null;
}

/** The tool that was called with a file. */
function readerOf(source: Source, file: string | null): [file: string, source: Source][] {
  return file !== null && file !== '' && source.startsWith('tool:') ? [[file, source]] : [];
}

/** Scheduled prompts by their text. When their time comes they look like typed ones. */
function scheduledPrompts(blocks: readonly JsonRecord[]): ReadonlyMap<string, Source> {
  const prompts = new Map<string, Source>();
  for (const { type, name, input } of blocks) {
    if (type !== 'tool_use' || typeof name !== 'string' || !/^(?:Cron|Schedule)/.test(name) || !isRecord(input))
      continue;
    const prompt = stringOr(input.prompt, '').trim();
    if (prompt !== '') prompts.set(prompt, `tool:${name}`);
  }
  return prompts;
}

/** Label of a block that calls a tool, client-side or server-side; null for other blocks. */
export function callOf(block: JsonRecord, servers: ReadonlySet<string>): Label | null {
  if (block.type === 'mcp_tool_use') return label(mcpSource(stringOr(block.server_name, 'unknown')), 'call');
  if (block.type !== 'tool_use' && block.type !== 'server_tool_use') return null;
  return typeof block.name === 'string' ? callLabel(block.name, block.input, servers) : null;
}

/**
 * Servers that the harness names as still connecting (2.1.197), or in a heading of MCP instructions that fits the prefix of a
 * tool: these tell `a__b` + `c` from `a` + `b__c`, which tool names alone do not.
 */
export function instructedServers(body: unknown, budget: Budget = UNLIMITED): readonly string[] {
  return isRecord(body) ? namesIn(body, budget).servers : [];
}

interface BodyNames {
  /** Names of tools. */
  names: ReadonlySet<string>;
  /** Every possible server name of these tools. */
  prefixes: ReadonlySet<string>;
  /** `instructedServers` */
  servers: readonly string[];
}

const namesByBody = new WeakMap<JsonRecord, BodyNames>();

/** Read once for each body, as its parts are. */
function namesIn(body: JsonRecord, budget: Budget): BodyNames {
  const known = namesByBody.get(body);
  if (known !== undefined) return known;
  const { blocks, harnessTexts } = bodyParts(body, budget);
  const names = toolNames(body, blocks, harnessTexts);
  const prefixes = serverPrefixes(names);
  const read = { names, prefixes, servers: serversIn(harnessTexts, prefixes) };
  namesByBody.set(body, read);
  return read;
}

function serversIn(texts: readonly string[], prefixes: ReadonlySet<string>): string[] {
  const servers = new Set<string>();
  for (const text of texts) {
    for (const name of connectingIn(text)) servers.add(serverInRequests(name));
    const from = text.indexOf('# MCP Server Instructions');
    if (from === -1) continue;
    for (const [, heading = ''] of text.slice(from).matchAll(/^## ([^\n]+)$/gm)) {
      const server = serverInRequests(heading);
      if (prefixes.has(server)) servers.add(server);
    }
  }
  return [...servers];
}

/** One name a line, from the line behind CONNECTING to a blank one. */
function connectingIn(text: string): string[] {
  const from = text.indexOf(CONNECTING);
  const names = from === -1 ? -1 : text.indexOf('\n', from) + 1;
  if (names <= 0 || (from > 0 && text[from - 1] !== '\n')) return [];
  const blank = text.indexOf('\n\n', names);
  const lines = text.slice(names, blank === -1 ? text.length : blank + 1).split('\n', MAX_CONNECTING);
  return lines.slice(0, -1).filter((line) => /^\S/.test(line));
}

/** Every possible server name of these tools: `mcp__a__b__c` may be of `a` or of `a__b`. */
function serverPrefixes(names: ReadonlySet<string>): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const name of names) {
    if (!name.startsWith('mcp__') || name.length > MAX_TOOL_NAME) continue;
    for (let at = name.indexOf('__', 6); at !== -1; at = name.indexOf('__', at + 1)) {
      prefixes.add(name.slice('mcp__'.length, at));
    }
  }
  return prefixes;
}

/** Names of the request's tools, of those that were called, and of those in deferred listings. */
function toolNames(body: JsonRecord, blocks: readonly JsonRecord[], texts: readonly string[]): Set<string> {
  const tools = Array.isArray(body.tools) ? body.tools.filter(isRecord) : [];
  const names = new Set<string>();
  for (const { name } of [...tools, ...blocks]) if (typeof name === 'string') names.add(name);
  for (const text of texts) {
    if (DEFERRED_LISTING.test(text)) for (const [name] of text.matchAll(/^mcp__[\w-]+$/gm)) names.add(name);
  }
  return names;
}

function readCalls(blocks: readonly JsonRecord[], servers: ReadonlySet<string>): Map<string, Label> {
  const calls = new Map<string, Label>();
  for (const block of blocks) {
    const call = callOf(block, servers);
    if (call !== null && typeof block.id === 'string') calls.set(block.id, call);
  }
  return calls;
}

import { blocksOf, isCall } from './calls.js';
import { isRecord, recordOf, stringOf } from './json.js';
import { createServers, type Servers } from './servers.js';

const INSTRUCTIONS = /^# MCP Server Instructions$/m;
const CONNECTING = /^The following MCP servers are still connecting[^\n]*\n((?:[^\n]+\n)+)/m;
const HEADING = /^## (\S[^\n]*)$/gm;
const TOOL_LINE = /^mcp__\S+$/gm;

/**
 * The MCP servers that a request speaks of, gathered before it is split: the definitions come first and can only be
 * read right with the names that stand further down.
 */
export function serversOfBody(body: Readonly<Record<string, unknown>>, known: readonly string[]): Servers {
  const texts = [...harnessTexts(body)];
  const servers = createServers(known, toolNames(body, texts));
  for (const text of texts) {
    for (const name of CONNECTING.exec(text)?.[1]?.trimEnd().split('\n') ?? []) servers.add(name);
    if (!INSTRUCTIONS.test(text)) continue;
    for (const [, name = ''] of text.matchAll(HEADING)) if (servers.isServer(name)) servers.add(name);
  }
  return servers;
}

function toolNames(body: Readonly<Record<string, unknown>>, texts: readonly string[]): string[] {
  const defined = Array.isArray(body.tools) ? body.tools.map((tool) => stringOf(recordOf(tool).name)) : [];
  const called = [...blocksOf(body.messages)].map(({ type, name }) => (isCall(stringOf(type)) ? stringOf(name) : null));
  const listed = texts.flatMap((text) =>
    text.includes('\nmcp__') ? [...text.matchAll(TOOL_LINE)].map(([n]) => n) : [],
  );
  return [...defined, ...called, ...listed].filter((name) => name !== null);
}

/** Texts that only Claude Code writes: the system prompt, system messages, and blocks that are reminders. */
function* harnessTexts(body: Readonly<Record<string, unknown>>): Generator<string> {
  yield* textsOf(body.system);
  for (const message of Array.isArray(body.messages) ? body.messages : []) {
    const { role, content } = recordOf(message);
    for (const text of textsOf(content)) {
      if (role === 'system' || (role === 'user' && text.startsWith('<system-reminder>'))) yield text;
    }
  }
}

/** The texts of a string or of an array of blocks. */
export function* textsOf(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  if (!Array.isArray(content)) return;
  for (const block of content)
    if (isRecord(block) && block.type === 'text' && typeof block.text === 'string') yield block.text;
}

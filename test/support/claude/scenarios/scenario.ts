import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonRecord } from '../../../../src/base/json.js';
import type { ContentBlock } from '../../../../src/model/message.js';
import type { Conversation } from '../../../../src/scripted/messages-api.js';
import type { ClaudeTerminal } from '../claude-terminal.js';
import type { Words } from './words.js';

/** One start of the CLI, and what the person gives it: a prompt, many messages, or keys at a terminal. */
export type Start = { args?: string[] } & (
  | {
      /** Null: it comes on stdin. */
      prompt: string | null;
      stdin?: string;
    }
  /** Each is sent when the one before has its answer; a function makes it at that moment. */
  | { messages: readonly (string | (() => Promise<string>))[] }
  | { terminal: (terminal: ClaudeTerminal) => Promise<void> }
);

/** A request that the model has to answer. */
export interface Asked {
  body: JsonRecord;
  /** Assistant messages so far. */
  turn: number;
  /** JSON of the last user message, and of all messages. */
  last: string;
  all: string;
  inAgent: boolean;
  header(name: string): string | null;
}

/** What the model says, and where it is not what its content implies: why it stopped, and how many tokens it read. */
export type Said = ContentBlock[] | { content: ContentBlock[]; stopReason?: string; inputTokens?: number };

/** A HOME and a project full of words, what the person does and what the model says. */
export interface Scenario {
  /** By path: below `root`. */
  files: Record<string, string | Buffer>;
  servers?: Record<string, McpServer>;
  /** The `hooks` of the project's settings. */
  hooks?: object;
  /** The rest of the project's settings. */
  settings?: object;
  env?: Record<string, string>;
  starts: Start[];
  threads?: Conversation['threads'];
  /** Comes before `threads`; null: they know. Not asked in side calls without tools. */
  answer?: (asked: Asked) => Said | null;
  /** What the model answers when it is asked for a summary. */
  summary?: string;
  /** Words that this version does not send, or not always. */
  unsent?: readonly string[];
}

/** Where a scenario lives and which version plays it. */
export interface Stage {
  version: string;
  model: string;
  words: Words;
  home: string;
  cwd: string;
}

export type MakeScenario = (stage: Stage) => Scenario;

/** What `mcp-server.mjs` plays. */
export interface McpServer {
  instructions?: string;
  tools?: { name: string; description: string; result?: string; content?: object[]; isError?: boolean }[];
  prompts?: { name: string; description: string; text: string }[];
  resources?: { uri: string; name: string; text: string }[];
}

const MCP_SERVER = fileURLToPath(new URL('../mcp-server.mjs', import.meta.url));

/** Writes a scenario's files and returns the path of the MCP configuration. */
export async function writeScenario(stage: Stage, scenario: Scenario): Promise<string> {
  const mcpConfig = join(stage.home, 'mcp.json');
  const mcpServers = Object.entries(scenario.servers ?? {}).map(([name, server]) => [
    name,
    { command: process.execPath, args: [MCP_SERVER, JSON.stringify({ name, ...server })] },
  ]);
  const files: Record<string, string | Buffer> = {
    ...scenario.files,
    [mcpConfig]: JSON.stringify({ mcpServers: Object.fromEntries(mcpServers) }),
    [join(stage.cwd, '.claude', 'settings.json')]: JSON.stringify({
      hooks: scenario.hooks ?? {},
      ...scenario.settings,
    }),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, 0o755);
  }
  return mcpConfig;
}

export function text(content: string): ContentBlock {
  return { type: 'text', text: content };
}

export function call(name: string, input: object, id: string): ContentBlock {
  return { type: 'tool_use', id: `toolu_scripted_${id}`, name, input };
}

/** A hook that prints, and exits with a code. Its text may hold anything: it comes in a here-document. */
export function hook(output: string, { exitCode = 0, stream = 1 } = {}): object {
  return { type: 'command', command: `cat >&${stream} <<'ZORB'\n${output}\nZORB\nexit ${exitCode}` };
}

/** The JSON form of hook output: https://docs.claude.com/en/docs/claude-code/hooks */
export function hookJson(output: object): object {
  return hook(JSON.stringify(output));
}

export function contextHook(hookEventName: string, additionalContext: string): object {
  return hookJson({ hookSpecificOutput: { hookEventName, additionalContext } });
}

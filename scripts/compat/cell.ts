import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { ATTRIBUTION_VERSION, EMPTY_CONTEXT } from '../../src/attribution/index.js';
import { segmentRequest } from '../../src/attribution/segments/segment-request.js';
import { describeError } from '../../src/base/error-text.js';
import { isRecord, parseRecord, recordsOf } from '../../src/base/json.js';
import type { VersionNovelties } from '../../src/model/novelty.js';
import { spokenApi } from '../../src/scripted/messages-api.js';
import { type ReceivedRequest, type ScriptedApi, startScriptedApi } from '../../src/scripted/scripted-api.js';
import { VERSION } from '../../src/settings/version.js';
import { openReader, openReaderOrEmpty, type Reader } from '../../src/store/index.js';
import { atTerminal } from '../../test/support/claude/claude-terminal.js';
import { installClaude } from '../../test/support/claude/install.js';
import { MARKERS, type Marker } from '../../test/support/claude/markers.js';
import { makeProject, type Project } from '../../test/support/claude/project.js';
import { claudeCommand, QUIET, runClaude } from '../../test/support/claude/run.js';
import { settleIn } from '../../test/support/claude/settled.js';
import { newTrace, type StoredExchange } from '../../test/support/claude/traced.js';
import { removeFolder } from '../../test/support/remove-folder.js';
import { ALLOWED_TOOLS, REPLY, speaker } from './speaker.js';

export const FEATURES = ['capture', 'sources', 'MCP', 'split pane'] as const;
export type Feature = (typeof FEATURES)[number];

/** The results of a session of one version of Claude Code on one version of Node. */
export interface Cell {
  claude: string;
  /** `js`: Node runs it; `native`: a program of its own. */
  program: 'js' | 'native';
  node: string;
  /** Why this Claude Code does not work on this Node, even without claude-trace; or null. */
  unable: string | null;
  /** Why a feature does not work, or null. */
  faults: Record<Feature, string | null>;
  /** Requests for a message that the API answered with 200. */
  requests: number;
  /** Share of tokens that no rule knows, 0 to 1. */
  unmatched: number;
  novelties: VersionNovelties['novelties'];
}

/** MCP servers of the project. */
export const SERVERS = 2;
/** initialize and its answer, initialized, tools/list and its answer. */
const HANDSHAKE_MESSAGES = 5;
const CONNECTING_MS = 20_000;
const SETTLING_MS = 500;
const LOOK_EVERY_MS = 250;

const PROMPT = `Have a look around. ${MARKERS.prompt}`;

/**
 * Plays a short session at a terminal, in the split pane, against a scripted API, and checks what was shown and stored: every request
 * with the API's usage, a word of each source under its source, the messages of an MCP server, and both halves of the screen.
 */
export async function playCell(version: string): Promise<Cell> {
  const program = await installClaude(version);
  const isScript = program.endsWith('.js');
  const cell = { claude: version, program: isScript ? ('js' as const) : ('native' as const), node: process.version };
  const unable = isScript ? await startFault(program) : null;
  if (unable !== null) return { ...cell, ...NOTHING, unable };
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-compat-'));
  const project = await makeProject(root);
  await settleIn(project.home, project.cwd);
  const trace = await newTrace();
  const api = await startScriptedApi({ script: spokenApi(speaker) });
  try {
    const [node = '', main = ''] = trace.wrapArgv;
    const wrapArgv = [node, main, 'wrap', '--mcp', '--'];
    const env = { ...trace.env, ...QUIET };
    const setup = { version, project, api, wrapArgv, env, args: ['--allowedTools', ALLOWED_TOOLS] };
    const command = await claudeCommand(setup, []);
    let shown: string | null = 'the panel was not seen';
    const crash = await failureOf(() =>
      atTerminal(command, api, async ({ ask, until, sees, shows }) => {
        await until(() => shows(/\[\d+ requests\]/), 'the panel');
        await serversConnected(trace.database);
        await ask(PROMPT, REPLY);
        await until(() => sees(REPLY) && shows(/│.*[▾▸] mcp \(\d+\)/), 'the reply beside the sources of its request');
        shown = null;
      }),
    );
    if (messagesOf(api).length === 0 && (await sendsNothing(version, project, api))) {
      return { ...cell, ...NOTHING, unable: 'it reaches nothing through an HTTPS proxy' };
    }
    const reader = openReader(trace.database);
    try {
      const stored = trace.stored();
      const [seen] = reader.novelties(VERSION);
      return {
        ...cell,
        unable: null,
        faults: {
          capture: captureFault(api, stored),
          sources: sourcesFault(stored, project),
          MCP: mcpFault(reader),
          'split pane': crash ?? shown,
        },
        requests: messagesOf(api).length,
        unmatched: reader.unmatched(ATTRIBUTION_VERSION, 1_000).share,
        novelties: seen?.novelties ?? [],
      };
    } finally {
      reader.close();
    }
  } finally {
    await api.close();
    await trace.remove();
    await removeFolder(root);
  }
}

const NOTHING = {
  faults: { capture: null, sources: null, MCP: null, 'split pane': null },
  requests: 0,
  unmatched: 0,
  novelties: [],
};

/** Whether it does not reach the API through a proxy even without claude-trace. */
async function sendsNothing(version: string, project: Project, api: ScriptedApi): Promise<boolean> {
  await runClaude({ version, project, api, prompt: PROMPT, env: { CLAUDE_CODE_MAX_RETRIES: '1' } });
  return messagesOf(api).length === 0;
}

async function startFault(program: string): Promise<string | null> {
  const { exitCode, stderr } = await execa(process.execPath, [program, '--version'], {
    reject: false,
    stdin: 'ignore',
  });
  if (exitCode === 0) return null;
  return `it does not start: ${/^\w*Error: .*/m.exec(stderr)?.[0] ?? `exit code ${exitCode}`}`;
}

/** Waits for the servers: a session that begins earlier does not offer their tools. */
async function serversConnected(database: string): Promise<void> {
  for (const start = Date.now(); Date.now() - start < CONNECTING_MS; ) {
    const reader = openReaderOrEmpty(database);
    const answered = reader
      .mcpConnections()
      .filter(({ id }) => reader.mcpMessages(id).rows.length >= HANDSHAKE_MESSAGES);
    reader.close();
    if (answered.length === SERVERS) break;
    await setTimeout(LOOK_EVERY_MS);
  }
  await setTimeout(SETTLING_MS);
}

async function failureOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return describeError(error);
  }
}

export function messagesOf({ received }: ScriptedApi): ReceivedRequest[] {
  return received.filter(({ path, answered }) => /^\/v1\/messages(\?|$)/.test(path) && answered?.status === 200);
}

/** Requires that each request is stored once, whole, with the usage that the API sent. */
export function captureFault(api: ScriptedApi, stored: readonly StoredExchange[]): string | null {
  const sent = messagesOf(api);
  if (sent.length === 0) return 'the API received nothing';
  for (const { sha256, answered } of sent) {
    const [exchange, ...more] = stored.filter(({ detail }) => detail.requestBody.sha256 === sha256);
    if (exchange === undefined) return `of ${sent.length} requests, one is not stored`;
    if (more.length > 0 && sent.filter((other) => other.sha256 === sha256).length === 1)
      return 'a request is stored twice';
    const usage = usageOf(answered?.body ?? Buffer.alloc(0));
    const { state, tokens } = exchange.row;
    if (state !== 'complete') return `a request is ${state}`;
    if (tokens.known !== 'exact' || tokens.output !== usage.output || tokens.input !== usage.input) {
      return `a request has ${tokens.input} and ${tokens.output} tokens, and the API sent ${usage.input} and ${usage.output}`;
    }
  }
  return null;
}

/** The last usage in the bytes of an answer. */
function usageOf(reply: Buffer): { input: number; output: number } {
  const text = reply.toString();
  const documents = text.startsWith('{') ? [text] : [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
  const usage = documents.map((document) => parseRecord(document)?.usage).findLast(isRecord) ?? {};
  const figure = (name: string) => Number(usage[name] ?? 0);
  return {
    input: figure('input_tokens') + figure('cache_read_input_tokens') + figure('cache_creation_input_tokens'),
    output: figure('output_tokens'),
  };
}

/** Requires that a word of each source is in segments of that source only. */
function sourcesFault(stored: readonly StoredExchange[], { memory }: Project): string | null {
  const expected: Partial<Record<Marker, string>> = {
    prompt: 'user',
    userMemory: `memory:${memory.user}`,
    projectMemory: `memory:${memory.project}`,
    atlasInstructions: 'mcp:atlas',
    atlasDefinition: 'mcp:atlas',
    atlasResult: 'mcp:atlas',
    ...(offersSkills(stored) && { skillListing: 'skill:tidy', skillBody: 'skill:tidy' }),
  };
  const found = new Map<string, Set<string>>();
  for (const { row, detail, requestBody } of stored) {
    const body = parseRecord(requestBody.toString());
    if (row.kind !== 'messages' || recordsOf(body?.tools).length === 0) continue;
    for (const { content, source } of segmentRequest(body, requestBody.toString(), detail.thread ?? EMPTY_CONTEXT)) {
      for (const marker of Object.keys(expected) as Marker[]) {
        if (content.includes(MARKERS[marker])) found.set(marker, (found.get(marker) ?? new Set()).add(source));
      }
    }
  }
  const faults = Object.entries(expected).flatMap(([marker, source]) => {
    const sources = [...(found.get(marker) ?? [])];
    if (sources.length === 0) return [`${marker} was not sent`];
    return sources.every((each) => each === source) ? [] : [`${marker} is under ${sources.join(' and ')}`];
  });
  return faults.length === 0 ? null : faults.join('; ');
}

/** 2.0.20 was the first with skills. */
function offersSkills(stored: readonly StoredExchange[]): boolean {
  return stored.some(({ requestBody }) =>
    recordsOf(parseRecord(requestBody.toString())?.tools).some(({ name }) => name === 'Skill'),
  );
}

/** Requires that the shim recorded the server, and the call that the session made. */
function mcpFault(reader: Reader): string | null {
  const connection = reader.mcpConnections().find(({ name }) => name === 'atlas');
  if (connection === undefined) return 'no connection to the server is stored';
  if (connection.transport !== 'stdio' || connection.lost > 0) return `${connection.lost} messages are lost`;
  const calls = reader.mcpCalls().filter(({ name }) => name === 'find_place');
  if (calls.length !== 1 || calls[0]?.state !== 'ok') return `${calls.length} calls are stored: ${calls[0]?.state}`;
  return calls[0].toolUseId === null ? 'the call has no tool_use id' : null;
}

import type { ContentBlock } from '../../../src/model/message.js';
import type { Part } from '../../../src/model/segment.js';
import type { Source } from '../../../src/model/source.js';
import { type Random, whole } from '../truth/texts.js';
import type { Writer } from './writer.js';

/** A piece of a request with its known source. */
export interface Piece {
  source: Source;
  part: Part;
  /** Name of an MCP tool, if this is its definition. */
  detail: string | null;
  tokens: number;
}

/** The beginning of every request in a project's sessions. */
export interface Project {
  folder: string;
  /** Names of MCP tools, as requests write them. */
  mcpTools: string[];
  skills: readonly string[];
  /** JSON arrays. */
  system: string;
  tools: string;
  /** Of `tools` and `system`, in the order of the cache. */
  pieces: Piece[];
  /** First blocks of a conversation. */
  reminders: ContentBlock[];
  reminderPieces: Piece[];
}

const BUILT_IN = (
  'Read Bash Edit Write Grep Glob Agent Skill TodoWrite WebFetch WebSearch NotebookEdit ExitPlanMode BashOutput ' +
  'KillShell AskUserQuestion'
).split(' ');
const SERVERS: readonly [server: string, tools: number][] = [
  ['serena', 12],
  ['jira_cloud', 9],
  ['metrics', 6],
  ['vault', 4],
  ['browser', 10],
  ['postgres', 3],
];
const SKILLS = ['tidy', 'release-notes', 'pdf-forms'];
const FOLDERS = ['/home/ada/shop', '/home/ada/ledger', '/home/ada/atlas'];

/** @param scale of all texts; 1: as in Claude Code */
export function makeProjects(random: Random, writer: Writer, scale: number): Project[] {
  const definitions = new Map(
    [
      ...BUILT_IN.map((tool): [string, number] => [tool, whole(random, 400, 3_600)]),
      ...SERVERS.flatMap(([server, tools]) =>
        Array.from({ length: tools }, (_, index): [string, number] => [
          `mcp__${server}__tool_${index}`,
          whole(random, 150, 1_400),
        ]),
      ),
    ].map(([name, characters]) => [name, definition(writer, name, characters * scale)]),
  );
  const prompt = writer.write('prose', 12_000 * scale);
  return FOLDERS.map((folder, index) => {
    const servers = SERVERS.filter((_, at) => at % FOLDERS.length !== index).map(([server]) => server);
    const tools = [...definitions.keys()].filter((name) => isOffered(name, servers));
    return makeProject({ folder, servers, prompt, writer, scale, definitions: pickAll(definitions, tools) });
  });
}

interface Parts {
  folder: string;
  servers: readonly string[];
  prompt: string;
  writer: Writer;
  scale: number;
  /** JSON by name. */
  definitions: Map<string, string>;
}

function makeProject({ folder, servers, prompt, writer, scale, definitions }: Parts): Project {
  const system = [
    block('x-anthropic-billing-header: cc_version=2.1.0; cc_entrypoint=cli;'),
    block(prompt),
    { ...block(`Working directory: ${folder}\nPlatform: linux`), cache_control: { type: 'ephemeral' } },
  ];
  const instructions = servers.map((server) => `## ${server}\n${writer.write('prose', 600 * scale)}`);
  const skills = SKILLS.map((skill) => `- ${skill}: ${writer.write('prose', 120 * scale)}`);
  const memory = [folder, `${folder}/docs`].map((place, index): [path: string, text: string] => [
    `${place}/CLAUDE.md`,
    writer.write(index === 0 ? 'prose' : 'cjk', 2_400 * scale),
  ]);
  const contents = memory.map(([path, text]) => `Contents of ${path} (project instructions):\n\n${text}`);
  return {
    folder,
    mcpTools: [...definitions.keys()].filter((name) => name.startsWith('mcp__')),
    skills: SKILLS,
    system: JSON.stringify(system),
    tools: `[${[...definitions.values()].join(',')}]`,
    pieces: [
      ...[...definitions].map(([name, json]) => definitionPiece(name, json)),
      ...system.map(({ text }, index) =>
        index === 0 ? piece('framework:billing-header', 'text', text) : piece('framework:system', 'prompt', text),
      ),
    ],
    reminders: [
      reminder(`# MCP Server Instructions\n\n${instructions.join('\n\n')}`),
      reminder(`The following skills are available:\n\n${skills.join('\n')}`),
      reminder(`SessionStart hook additional context: ${prompt.slice(0, 200)}`),
      reminder(
        `As you answer the user's questions, you can use the following context:\n# claudeMd\n${contents.join('\n\n')}`,
      ),
    ],
    reminderPieces: [
      ...servers.map((server, index) => piece(`mcp:${server}`, 'instructions', instructions[index] ?? '')),
      ...SKILLS.map((skill, index) => piece(`skill:${skill}`, 'listing', skills[index] ?? '')),
      piece('hook:SessionStart', 'text', prompt.slice(0, 200)),
      ...memory.map(([path, text]) => piece(`memory:${path}`, 'body', text)),
      piece('framework:reminder', 'reminder', "As you answer the user's questions, you can use the following context:"),
    ],
  };
}

/** Roughly as models count: four bytes are a token. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}

export function piece(source: Source, part: Part, text: string): Piece {
  return { source, part, detail: null, tokens: tokensOf(text) };
}

export function block(text: string) {
  return { type: 'text', text };
}

/** The source of a tool: the server, or the built-in tool itself. */
export function toolSource(name: string): Source {
  const server = /^mcp__(.+?)__/.exec(name)?.[1];
  return server === undefined ? `tool:${name}` : `mcp:${server}`;
}

function definitionPiece(name: string, json: string): Piece {
  return { ...piece(toolSource(name), 'definition', json), detail: name };
}

function isOffered(name: string, servers: readonly string[]): boolean {
  return !name.startsWith('mcp__') || servers.some((server) => name.startsWith(`mcp__${server}__`));
}

function definition(writer: Writer, name: string, characters: number): string {
  const properties = { query: { type: 'string', description: writer.write('prose', characters / 4) } };
  const description = writer.write('prose', characters);
  return JSON.stringify({ name, description, input_schema: { type: 'object', properties } });
}

function reminder(content: string): ContentBlock {
  return block(`<system-reminder>\n${content}\n</system-reminder>\n`);
}

function pickAll<Value>(map: ReadonlyMap<string, Value>, keys: readonly string[]): Map<string, Value> {
  return new Map([...map].filter(([key]) => keys.includes(key)));
}

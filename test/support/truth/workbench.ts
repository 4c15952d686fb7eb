import type { ContentBlock } from '../../../src/model/message.js';
import { cjk, code, name, pick, prose, type Random, whole } from './texts.js';

/** What a session of Claude Code starts with, in invented words: tools, system prompt and reminders of every kind. */
export interface Workbench {
  system: ContentBlock[];
  tools: object[];
  reminders: ContentBlock[];
}

/** Servers whose tools stand in every request, and one whose tools are loaded when they are asked for. */
const SERVERS = ['serena', 'jira_cloud', 'metrics'] as const;
const DEFERRED_SERVER = 'vault';
export const DEFERRED_TOOLS = ['list_secrets', 'read_secret', 'rotate'].map(
  (tool) => `mcp__${DEFERRED_SERVER}__${tool}`,
);
export const SKILLS = ['tidy', 'release-notes', 'pdf-forms'] as const;
export const SERVER_TOOLS = SERVERS.flatMap((server) =>
  ['find', 'update_entry', 'history', 'export'].map((tool) => `mcp__${server}__${tool}`),
);
const BUILT_IN: readonly [tool: string, words: number][] = [
  ['Read', 230],
  ['Bash', 900],
  ['Edit', 160],
  ['Write', 110],
  ['Grep', 190],
  ['Glob', 70],
  ['Agent', 600],
  ['Skill', 220],
  ['TodoWrite', 800],
  ['WebFetch', 180],
  ['ToolSearch', 120],
];

export function makeWorkbench(random: Random): Workbench {
  const tools = [
    ...BUILT_IN.map(([tool, words]) => definition(random, tool, words)),
    ...SERVER_TOOLS.map((tool) => definition(random, tool, whole(random, 12, 90))),
    ...DEFERRED_TOOLS.map((tool) => ({ ...definition(random, tool, whole(random, 40, 160)), defer_loading: true })),
  ];
  return { tools, system: systemPrompt(random, 1900), reminders: reminders(random) };
}

/** A subagent's: its own prompt and a few tools. */
export function makeAgentBench(random: Random, tools: readonly object[]): Workbench {
  const system = [text('You are Claude Code, invented.'), text(prose(random, 260), { type: 'ephemeral' })];
  return { tools: tools.slice(0, 6), system, reminders: [] };
}

function systemPrompt(random: Random, words: number): ContentBlock[] {
  const sections = Array.from({ length: 8 }, () => `# ${name(random)}\n${prose(random, Math.round(words / 8))}`);
  const environment = `# Environment\nWorking directory: /home/ada/shop\nPlatform: linux\n${prose(random, 30)}`;
  return [
    text('x-anthropic-billing-header: cc_version=2.1.0; cc_entrypoint=cli;'),
    text('You are Claude Code, invented.'),
    text(`${sections.join('\n\n')}\n\n${environment}`, { type: 'ephemeral', ttl: '1h' }),
  ];
}

function definition(random: Random, tool: string, words: number): object {
  const properties = Array.from({ length: whole(random, 1, 5) }, () => [
    name(random),
    { type: pick(random, ['string', 'number', 'boolean']), description: prose(random, whole(random, 4, 22)) },
  ]);
  const schema = { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
  return { name: tool, description: prose(random, words), input_schema: schema };
}

function reminders(random: Random): ContentBlock[] {
  const memory = [
    file('/home/ada/.claude/CLAUDE.md', "user's private global instructions for all projects", prose(random, 160)),
    file(
      '/home/ada/shop/CLAUDE.md',
      'project instructions, checked into the codebase',
      `${prose(random, 420)}\n\n${code(random, 14)}`,
    ),
    file('/home/ada/shop/docs/style.md', 'project instructions, checked into the codebase', cjk(random, 260)),
  ];
  const servers = [...SERVERS, DEFERRED_SERVER].map(
    (server) => `## ${server}\n${prose(random, whole(random, 30, 180))}`,
  );
  const skills = SKILLS.map((skill) => `- ${skill}: ${prose(random, whole(random, 12, 40))}`);
  const agents = ['scout', 'reviewer'].map((agent) => `- ${agent}: ${prose(random, whole(random, 15, 40))} (Tools: *)`);
  return [
    reminder(`The following deferred tools are here:\n${DEFERRED_TOOLS.join('\n')}`),
    reminder(`Available agent types for the Agent tool:\n${agents.join('\n')}`),
    reminder(`# MCP Server Instructions\n\n${servers.join('\n\n')}`),
    reminder(`The following skills are available:\n\n${skills.join('\n')}`),
    reminder(`SessionStart hook additional context: ${prose(random, 60)}`),
    reminder(
      `As you answer the user's questions, you can use the following context:\n# claudeMd\n${memory.join('\n\n')}\n# currentDate\nToday's date is 2026-01-15.`,
    ),
  ];
}

function file(path: string, description: string, content: string): string {
  return `Contents of ${path} (${description}):\n\n${content}`;
}

export function reminder(content: string): ContentBlock {
  return text(`<system-reminder>\n${content}\n</system-reminder>\n`);
}

export function text(content: string, mark?: object): ContentBlock {
  return { type: 'text', text: content, ...(mark === undefined ? {} : { cache_control: mark }) };
}

import type { JsonRecord } from '../base/json.js';

/*
 * The invented project of the demo session: everything in its context except the conversation. The frames around the texts
 * (reminder tags, "Contents of", "## server") are the ones Claude Code writes; the texts are ours.
 */

const ROOT = '/home/demo/bakery';

export const SYSTEM_PROMPT = [
  'You help a developer in a terminal. You read, change and run code with the tools you are given.',
  'Read a file before you change it. Prefer the smallest change that solves the problem. Say what you did, not what you will do.',
  'Run the tests that cover a change, and show the output when one fails. Never claim that something passes unless you saw it.',
  'Ask when a request can be read in two ways that lead to different code. Do not ask what a file can tell you.',
  'Answer in plain sentences. No headings for short answers, no praise, no apologies.',
].join('\n\n');

export const ENVIRONMENT = `Working directory: ${ROOT}\nPlatform: linux\nToday's date: 2026-03-02\nGit branch: main, 1 file changed`;

export const AGENT_PROMPT =
  'You review changes to this bakery service. Look for broken rounding, missing tests and changed interfaces. Report at most three findings, each with its file.';

const SKILL_DIRECTORY = `${ROOT}/.claude/skills/changelog`;
/** The skill; the frame around it is Claude Code's. */
export const SKILL = `# Writing a changelog entry
1. One line per change, newest first, under the heading of its kind (Added, Changed, Fixed).
2. Say what the user notices; name files only when the user edits them.
3. Put the issue number in brackets at the end. Keep lines under 100 characters.`;
export const SKILL_BODY = `Base directory for this skill: ${SKILL_DIRECTORY}\n\n${SKILL}`;

/** Memory files of the user and of the project, and a file that the latter imports. */
export const MEMORY = [
  {
    path: '/home/demo/.claude/CLAUDE.md',
    about: 'the user, all projects',
    text: 'Answer in English. Use tabs in Makefiles only. I review every diff myself, so never commit.',
  },
  {
    path: `${ROOT}/CLAUDE.md`,
    about: 'the project',
    text: 'Bakery is a small order service. Money is an integer number of cents, never a float.\nTests: `npm test`. Prices live in src/prices.ts, orders in src/orders.ts.\n\n@docs/rounding.md',
  },
  {
    path: `${ROOT}/docs/rounding.md`,
    about: 'imported by the project',
    text: 'Round once, at the end, half away from zero. Discounts apply to the sum of an order, not to each line.',
  },
];

export const SERVERS = {
  serena: {
    instructions:
      'Use serena to find symbols and their users before you read whole files: it knows the language and answers in a few lines.',
    tools: [
      ['find_symbol', 'Finds where a class, function or constant is defined, by name or part of a name.'],
      ['find_references', 'Lists every place that uses a symbol, with its line.'],
      ['outline', 'Lists the symbols of one file with their signatures, without bodies.'],
      ['replace_body', 'Replaces the body of one symbol and keeps everything around it.'],
      ['rename', 'Renames a symbol in every file that uses it.'],
    ],
  },
  tickets: {
    instructions: 'Tickets holds the issues of the bakery team. Quote an issue by its number, such as BAKE-12.',
    tools: [
      ['search', 'Searches issues by words, status, assignee and label; returns number and title.'],
      ['read', 'Returns one issue with its comments, oldest first.'],
      ['comment', 'Adds a comment to an issue, in Markdown.'],
      ['move', 'Moves an issue to another column of the board.'],
    ],
  },
};

const BUILT_IN = [
  ['Read', 'Reads a file and returns it with line numbers. Returns large files in parts.'],
  ['Edit', 'Replaces one exact piece of text in a file. The text must occur once.'],
  ['Bash', 'Runs a shell command in the project and returns what it printed.'],
  ['Grep', 'Searches files with a regular expression and returns matching lines.'],
  ['Skill', 'Loads a skill by name; its instructions follow in the next message.'],
  ['Agent', 'Starts a subagent with a prompt of its own and returns its report.'],
];

/** The `tools` of a main-thread request: built-in ones, then those of each MCP server. */
export const TOOLS: readonly JsonRecord[] = [
  ...BUILT_IN.map(([name = '', description = '']) => tool(name, description)),
  ...Object.entries(SERVERS).flatMap(([server, { tools }]) =>
    tools.map(([name = '', description = '']) => tool(`mcp__${server}__${name}`, description)),
  ),
];

/** The tools of the reviewer: it only reads. */
export const AGENT_TOOLS: readonly JsonRecord[] = TOOLS.filter(({ name }) => name === 'Read' || name === 'Grep');

/** The reminders in front of the first prompt, one text block each. */
export const REMINDERS: readonly string[] = [
  'SessionStart:startup hook success: Node 22, 41 tests, last run green.',
  `# MCP Server Instructions\n\n${Object.entries(SERVERS)
    .map(([name, { instructions }]) => `## ${name}\n${instructions}`)
    .join('\n\n')}`,
  'The following skills are available for use with the Skill tool:\n\n- changelog: Writes an entry for CHANGELOG.md in the house style.\n- pricing-table: Updates the price list and its tests together.',
  'Available agent types for the Agent tool:\n- reviewer: Reviews a change for rounding, tests and interfaces. (Tools: Read, Grep)',
  `# claudeMd\nNotes for this project and from its user follow.\n\n${MEMORY.map(
    ({ path, about, text }) => `Contents of ${path} (${about}):\n\n${text}`,
  ).join('\n\n')}`,
].map(reminder);

/** A hook adds this after each Edit. */
export const EDIT_HOOK = reminder('PostToolUse:Edit hook additional context: formatter ran, nothing changed.');

function reminder(text: string): string {
  return `<system-reminder>\n${text}\n</system-reminder>`;
}

/** A tool as the Messages API takes it. */
export function tool(name: string, description: string): JsonRecord {
  const properties = {
    target: { type: 'string', description: 'What to work on: a path, a name or a command.' },
    details: { type: 'string', description: 'What to do with it, where the target alone does not say.' },
    limit: { type: 'integer', minimum: 1, description: 'Maximum number of results. Default: 20.' },
  };
  return { name, description, input_schema: { type: 'object', properties, required: ['target'] } };
}

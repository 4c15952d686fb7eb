import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hookCommand } from './hook-command.js';
import { MARKERS } from './markers.js';

export interface Project {
  /** The user's HOME. */
  home: string;
  /** Where the CLI runs. */
  cwd: string;
  mcpConfig: string;
  /** A file for the Read tool; it holds a marker. */
  notes: string;
  memory: { user: string; project: string; imported: string };
}

const MCP_SERVER = fileURLToPath(new URL('./mcp-server.mjs', import.meta.url));

/** Writes a HOME and a project that use every context source of Claude Code, a marker word in each. */
export async function makeProject(root: string): Promise<Project> {
  const home = join(root, 'home');
  const cwd = join(root, 'project');
  const project: Project = {
    home,
    cwd,
    mcpConfig: join(cwd, 'mcp.json'),
    notes: join(cwd, 'notes.txt'),
    memory: {
      user: join(home, '.claude', 'CLAUDE.md'),
      project: join(cwd, 'CLAUDE.md'),
      imported: join(cwd, 'docs', 'style.md'),
    },
  };
  const files: Record<string, string> = {
    [project.memory.user]: `Prefer short answers. ${MARKERS.userMemory}\n`,
    [project.memory.project]: `Build with make. ${MARKERS.projectMemory}\n\n@docs/style.md\n`,
    [project.memory.imported]: `Indent with two spaces. ${MARKERS.importedMemory}\n`,
    [project.notes]: `Water the plants. ${MARKERS.readFile}\n`,
    [project.mcpConfig]: JSON.stringify({ mcpServers }),
    [join(cwd, '.claude', 'settings.json')]: JSON.stringify({ hooks }),
    [join(cwd, '.claude', 'skills', 'tidy', 'SKILL.md')]: skill,
    [join(cwd, '.claude', 'agents', 'scout.md')]: agent,
    [join(cwd, '.claude', 'commands', 'greet.md')]: command,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return project;
}

const mcpServers = {
  atlas: mcpServer({
    name: 'atlas',
    instructions: `Ask atlas about places. ${MARKERS.atlasInstructions}`,
    tools: [
      {
        name: 'find_place',
        description: `Finds a place. ${MARKERS.atlasDefinition}`,
        result: `North of the river. ${MARKERS.atlasResult}`,
      },
    ],
  }),
  ledger: mcpServer({
    name: 'ledger',
    instructions: `Ask ledger about sums. ${MARKERS.ledgerInstructions}`,
    tools: [
      {
        name: 'post__entry',
        description: `Posts an entry. ${MARKERS.ledgerDefinition}`,
        result: `The books are closed. ${MARKERS.ledgerFailure}`,
        isError: true,
      },
    ],
  }),
};

function mcpServer(server: object): object {
  return { command: process.execPath, args: [MCP_SERVER, JSON.stringify(server)] };
}

const hooks = {
  SessionStart: [{ hooks: [hookCommand(MARKERS.sessionStartHook)] }],
  UserPromptSubmit: [{ hooks: [hookCommand(MARKERS.promptHook)] }],
  PreToolUse: [{ matcher: 'Bash', hooks: [additionalContext('PreToolUse', MARKERS.preToolHook)] }],
  PostToolUse: [{ matcher: 'Read', hooks: [additionalContext('PostToolUse', MARKERS.postToolHook)] }],
};

/** The JSON form of hook output: https://docs.claude.com/en/docs/claude-code/hooks */
function additionalContext(hookEventName: string, additionalContext: string): object {
  return hookCommand(JSON.stringify({ hookSpecificOutput: { hookEventName, additionalContext } }));
}

const skill = `---
name: tidy
description: Tidies the desk. ${MARKERS.skillListing}
---

Put the pens away first. ${MARKERS.skillBody}
`;

const agent = `---
name: scout
description: Looks ahead. ${MARKERS.agentListing}
tools: Read
---

You look ahead and report in one line. ${MARKERS.agentSystem}
`;

const command = `---
description: Greets someone
---

Say good morning to $ARGUMENTS. ${MARKERS.commandBody}
`;

import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AGENT_PROMPT, MEMORY, SKILL } from '../workspace.js';
import { WIKI_URL } from './wiki-server.js';

/** A key that belongs to nobody. Claude Code wants one that looks real; it is joined here so that scanners for keys do not find one. */
const INVENTED_KEY = ['sk-ant-api03', 'demo-not-a-real-key-0123456789abcdef'].join('-');

/** Claude Code remembers approved keys by their end (seen in 2.0.30 to 2.1.329). */
const KEY_END_LENGTH = 20;

/** Where the real Claude Code works in the demo: a home and a project of the demo's own. */
export interface ClaudeProject {
  /** The folder it is started in. */
  cwd: string;
  /** Arguments of `claude`. */
  args: string[];
  /** Its home, key and settings. It sends no telemetry and does not update itself. */
  env: Record<string, string>;
}

/**
 * Writes both into a folder: a project with memory, a skill, a subagent and two MCP servers, and a home in which Claude Code
 * was used before, so that it asks nothing when it starts.
 * @param mcpServer the program of the MCP server, for this Node
 */
export function makeClaudeProject(folder: string, mcpServer: string, theme: 'dark' | 'light'): ClaudeProject {
  mkdirSync(join(folder, 'home', 'bakery'), { recursive: true });
  // Claude Code identifies folders by their real path.
  const home = realpathSync(join(folder, 'home'));
  const cwd = join(home, 'bakery');
  const config = join(home, '.claude');
  const mcpConfig = join(config, 'demo-servers.json');
  const settled = {
    hasCompletedOnboarding: true,
    theme,
    customApiKeyResponses: { approved: [INVENTED_KEY.slice(-KEY_END_LENGTH)], rejected: [] },
    projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
  const [userMemory = '', projectMemory = '', rounding = ''] = MEMORY.map(({ text }) => `${text}\n`);
  const files: Record<string, string> = {
    [join(config, '.claude.json')]: JSON.stringify(settled),
    [join(config, 'CLAUDE.md')]: userMemory,
    [mcpConfig]: JSON.stringify({
      mcpServers: {
        tickets: { command: process.execPath, args: [mcpServer] },
        wiki: { type: 'http', url: WIKI_URL },
      },
    }),
    [join(cwd, 'CLAUDE.md')]: projectMemory,
    [join(cwd, 'docs', 'rounding.md')]: rounding,
    [join(cwd, 'src', 'orders.ts')]: ORDERS,
    [join(cwd, '.claude', 'skills', 'changelog', 'SKILL.md')]: SKILL_FILE,
    [join(cwd, '.claude', 'agents', 'reviewer.md')]: AGENT_FILE,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
  }
  return {
    cwd,
    args: [
      '--permission-mode',
      'default',
      '--mcp-config',
      mcpConfig,
      '--strict-mcp-config',
      '--allowedTools',
      'Read,Skill,ToolSearch,mcp__tickets,mcp__wiki',
    ],
    env: {
      HOME: home,
      CLAUDE_CONFIG_DIR: config,
      ANTHROPIC_API_KEY: INVENTED_KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
    },
  };
}

const ORDERS = `import type { Cents, Line } from './prices.js';

/** What a customer pays for an order. */
export function total(lines: Line[], percent: number): Cents {
  return applyDiscount(lines, percent);
}

export function applyDiscount(lines: Line[], percent: number): Cents {
  // Every line on its own: three lines lose up to three half cents.
  return lines.reduce((sum, line) => sum + Math.round(line.cents * (1 - percent / 100)), 0);
}
`;

const SKILL_FILE = `---
name: changelog
description: Writes an entry for CHANGELOG.md in the house style.
---

${SKILL}
`;

const AGENT_FILE = `---
name: reviewer
description: Reviews a change for rounding, tests and interfaces.
tools: Read, Grep
---

${AGENT_PROMPT}
`;

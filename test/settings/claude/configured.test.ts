import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readConfigured } from '../../../src/settings/claude/index.js';
import { removeFolder } from '../../support/remove-folder.js';

it('finds servers, skills, commands and agents with the project that configures them', () => {
  const root = mkdtempSync(join(tmpdir(), 'claude-trace-configured-'));
  onTestFinished(() => removeFolder(root));
  const [home, shop, gone] = ['home', 'shop', 'gone'].map((name) => join(root, name)) as [string, string, string];
  const write = (file: string, content: unknown) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  write(join(home, '.claude.json'), {
    mcpServers: { tickets: {}, 'my server': {} },
    projects: { [shop]: { mcpServers: { local: {} } }, [gone]: { mcpServers: { old: {} } } },
  });
  write(join(home, '.claude', 'skills', 'tidy', 'SKILL.md'), '');
  write(join(home, '.claude', 'agents', 'helpers', 'scout.md'), '');
  write(join(shop, '.mcp.json'), { mcpServers: { maps: {} } });
  write(join(shop, '.claude', 'commands', 'team', 'bake.md'), '');
  write(join(shop, '.claude', 'commands', 'notes.txt'), '');
  const found = (env: Record<string, string>) =>
    readConfigured(env, [shop, gone]).map(({ source, name, project, isShared }) => [source, name, project, isShared]);
  expect(found({ HOME: home })).toEqual([
    ['mcp:tickets', 'tickets', null, false],
    ['mcp:my_server', 'my server', null, false],
    ['skill:tidy', 'tidy', null, false],
    ['agent:scout', 'scout', null, false],
    ['mcp:local', 'local', shop, false],
    ['mcp:maps', 'maps', shop, true],
    ['skill:team:bake', 'team:bake', shop, false],
  ]);
  const here = relative(process.cwd(), shop);
  expect(readConfigured({ HOME: home }, [here]).filter(({ project }) => project !== null)).toEqual([]);
  write(join(root, 'moved', '.claude.json'), { mcpServers: { moved: {} } });
  expect(found({ HOME: home, CLAUDE_CONFIG_DIR: join(root, 'moved') })[0]?.[0]).toBe('mcp:moved');
});

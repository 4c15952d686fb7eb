import { copyFile, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defined, listed, storedHistory } from '../../advice/stored-history.js';
import { aShare } from '../../store/support/records.js';
import { openLab, WORDS } from '../../support/claude/settings-lab.js';
import type { ClaudeVersion } from '../../support/claude/versions.js';
import { newSandbox } from '../../support/product.js';
import { removeFolder } from '../../support/remove-folder.js';

/** A project with one thing of each kind, and a history in which none of them was used. */
async function unusedProject(version: ClaudeVersion) {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-apply-'));
  onTestFinished(() => removeFolder(root));
  const lab = await openLab(version, root);
  onTestFinished(() => lab.close());
  const { home, cwd } = lab.project;
  const shares = [
    aShare('framework:system', 3_000, { part: 'prompt' }),
    defined('mcp:usr', 900),
    defined('mcp:prj', 800),
    defined('tool:WebSearch', 700),
    listed('skill:tidy', 60),
    listed('skill:team:bake', 60),
    listed('agent:scout', 60),
  ];
  const at = Date.now() - 86_400_000;
  const reader = storedHistory([{ id: 'a', at, requests: 120, shares, version, cwd }]);
  reader.close();
  const sandbox = await newSandbox();
  await mkdir(dirname(sandbox.database), { recursive: true });
  await copyFile(reader.file, sandbox.database);
  const files = [join(home, '.claude', 'settings.json'), join(cwd, '.claude', 'settings.local.json')];
  return {
    lab,
    texts: () => Promise.all(files.map((file) => readFile(file, 'utf8'))),
    async suggest(...args: string[]): Promise<void> {
      const { exitCode, stderr } = await sandbox.run(['suggest', ...args], { env: { HOME: home } });
      expect([exitCode, stderr.toString()]).toEqual([0, '']);
    },
  };
}

it.each(['2.0.30', '2.1.332'] as const)(
  'Claude Code %s reads what suggest --apply writes, and leaves it out of the next request; --undo brings it back',
  async (version) => {
    const { lab, texts, suggest } = await unusedProject(version);
    const local = { env: { ENABLE_TOOL_SEARCH: 'false' } };
    let before: string[] = [];
    const applied = await lab.session({
      local,
      prepare: async () => {
        before = await texts();
        await suggest('--apply', '--yes');
      },
    });
    expect(applied.tools).not.toContain('WebSearch');
    for (const word of [WORDS.userServer, WORDS.userServerInstructions, WORDS.projectServer]) {
      expect(applied.text).not.toContain(word);
    }
    // No setting hides skills and agents in 2.0.30.
    const isThere = version === '2.0.30';
    for (const word of [WORDS.skill, WORDS.commandInFolder, WORDS.agent]) {
      expect([word, applied.text.includes(word)]).toEqual([word, isThere]);
    }
    expect(applied.text).toContain(WORDS.pluginServer);
    expect(await texts()).not.toEqual(before);
    await suggest('--undo');
    expect(await texts()).toEqual(before);
    const restored = await lab.session({ local });
    expect(restored.tools).toContain('WebSearch');
    for (const word of [WORDS.userServer, WORDS.projectServer, WORDS.skill]) expect(restored.text).toContain(word);
  },
);

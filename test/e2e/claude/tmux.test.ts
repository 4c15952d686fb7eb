import { describe, expect, it, onTestFinished } from 'vitest';
import { interactiveClaude } from '../../support/claude/interactive.js';
import { pressEnter } from '../../support/claude/press-enter.js';
import { CLAUDE_VERSIONS, type ClaudeVersion } from '../../support/claude/versions.js';
import { type Tmux, tmuxOf } from '../../support/product/tmux.js';
import { MAIN, newSandbox, type Sandbox } from '../../support/product.js';
import { say, startScriptedApi } from '../../support/scripted-api.js';

const ANSWER = 'Certainly 日本語 👍 at once';
const soon = { timeout: 60_000, interval: 50 };

async function claudeInTmux(version: ClaudeVersion, layout: string): Promise<{ sandbox: Sandbox; tmux: Tmux }> {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say(ANSWER) });
  onTestFinished(() => api.close());
  const { command, cwd, env } = await interactiveClaude(version, sandbox, api);
  const words = [process.execPath, MAIN, 'wrap', '--layout', layout, '--', ...command].map((word) => `'${word}'`);
  const script = `cd '${cwd}'; ${words.join(' ')}; echo "exit $?"; read line`;
  return { sandbox, tmux: tmuxOf(sandbox, env, script) };
}

/** Types a prompt when there is a place for it, and waits for its answer. */
async function converse(tmux: Tmux, pane: string): Promise<void> {
  await expect.poll(() => tmux.screen(pane), soon).toMatch(/^[│ ]*[>❯]/m);
  tmux.type(pane, 'say hello');
  await expect.poll(() => tmux.screen(pane), soon).toContain('say hello');
  await pressEnter(
    () => tmux.type(pane, 'Enter'),
    () => expect.poll(() => tmux.screen(pane), soon).toContain(ANSWER),
  );
}

async function leave(tmux: Tmux, pane: string): Promise<void> {
  tmux.type(pane, 'C-c');
  await expect.poll(() => tmux.screen(pane), soon).toMatch(/Ctrl-C again/i);
  tmux.type(pane, 'C-c');
  await expect.poll(() => tmux.screen(pane), soon).toContain('exit 0');
}

async function countRated(sandbox: Sandbox): Promise<number> {
  const { stdout } = await sandbox.run(['query', '--rated', '--json']);
  return JSON.parse(stdout.toString()).length;
}

describe.each(CLAUDE_VERSIONS)('Claude Code %s inside tmux', (version) => {
  it('is typed into in the split pane, with its request and sources beside it, and is rated from its prompt', async () => {
    const { sandbox, tmux } = await claudeInTmux(version, 'split');
    const [pane = ''] = tmux.panes();
    await converse(tmux, pane);
    await expect.poll(() => tmux.screen(pane), soon).toMatch(/│.*framework \(\d+\) +█/);
    tmux.type(pane, 'C-]', '+');
    await expect.poll(() => tmux.screen(pane), soon).toContain('rated +1');
    await leave(tmux, pane);
    expect(await countRated(sandbox)).toBe(1);
  });
});

describe('Claude Code in a pane of tmux', () => {
  it('keeps its own terminal by itself, with the panel in a pane beside it', async () => {
    // There is nothing of ours between it and tmux: one version tells for all.
    const { sandbox, tmux } = await claudeInTmux('2.1.332', 'auto');
    await expect.poll(() => tmux.panes().length, soon).toBe(2);
    const [claude = '', panel = ''] = tmux.panes();
    await converse(tmux, claude);
    await expect.poll(() => tmux.screen(panel), soon).toMatch(/framework \(\d+\) +█/);
    tmux.type(panel, '-');
    await expect.poll(() => tmux.screen(panel), soon).toContain('rated -1');
    await leave(tmux, claude);
    expect(tmux.panes()).toEqual([claude]);
    expect(await countRated(sandbox)).toBe(1);
  });
});

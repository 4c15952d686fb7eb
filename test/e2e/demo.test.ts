import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { afterwards, onTerminal } from '../support/product/shell-terminal.js';
import { MAIN, newSandbox, type Sandbox } from '../support/product.js';
import { TestTerminal } from '../tui/split/support/terminal.js';

const PREFIX = '\x1d';
const CTRL_C = '\x03';

function demoOf(sandbox: Sandbox, args: readonly string[] = [], env: Record<string, string> = {}): TestTerminal {
  const terminal = onTerminal(sandbox, ['demo', ...args], { env });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return terminal;
}

/** A `claude` on the PATH that does what this shell code says. */
async function withClaude(sandbox: Sandbox, script: string): Promise<void> {
  const bin = join(sandbox.root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'claude'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
}

describe('claude-trace demo on a terminal', () => {
  it('plays the session beside the panel, waits until Enter is pressed, then asks its questions', async () => {
    const sandbox = await newSandbox();
    const terminal = demoOf(sandbox, ['--play']);
    await terminal.sees('That was the session.');
    await terminal.sees(/Ctrl-\] +to the panel, and back/);
    await terminal.sees(/The entry is under Fixed.*│/);
    await terminal.sees(/serena +█/);
    terminal.type('x');
    terminal.type(`${PREFIX}+`);
    await terminal.sees('rated +1');
    terminal.type('\r');
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(0);
    expect(after).toBe(before);
    expect(terminal.mainScreen()).toContain('$ claude-trace query --source mcp:* --limit 3');
    expect(terminal.mainScreen()).toContain('Now with the real one: claude-trace wrap -- claude');
    expect(await readdir(sandbox.tmp)).toEqual([]);
  }, 60_000);

  it.each(['SIGHUP', 'SIGTERM'] as const)('leaves nothing behind when it is ended by %s', async (signal) => {
    const sandbox = await newSandbox();
    const demo = new TestTerminal(process.execPath, [MAIN, 'demo', '--play'], { env: sandbox.env });
    onTestFinished(() => demo.kill('SIGKILL'));
    await demo.sees('> The discount');
    expect(await readdir(sandbox.tmp)).toHaveLength(1);
    demo.kill(signal);
    expect((await demo.ended).exitCode).toBe(signal === 'SIGHUP' ? 129 : 143);
    expect(await readdir(sandbox.tmp)).toEqual([]);
  });

  it.each([
    ['is too old', 'echo "1.0.128 (Claude Code)"', 'is version 1.0.128'],
    ['does not run', 'exit 3', 'does not print its version'],
  ])(
    'is played by a script, says why, and ends at Ctrl-C when the installed Claude Code %s',
    async (_, claude, why) => {
      const sandbox = await newSandbox();
      await withClaude(sandbox, claude);
      const terminal = demoOf(sandbox);
      await terminal.sees('> The discount');
      terminal.type(CTRL_C);
      const { exit, before, after } = await afterwards(terminal);
      expect(exit).toBe(130);
      expect(after).toBe(before);
      expect(terminal.mainScreen().replaceAll('\n', '')).toContain(why);
      expect(terminal.mainScreen()).not.toContain('claude-trace show');
      expect(await readdir(sandbox.tmp)).toEqual([]);
    },
  );

  it('gives Claude Code a home, a key and settings of the demo, nothing of the person, and takes over where it asks nothing', async () => {
    const sandbox = await newSandbox();
    const seen = join(sandbox.root, 'seen.txt');
    await withClaude(
      sandbox,
      `[ "$1" = --version ] && { echo "2.1.0 (Claude Code)"; exit; }; pwd > '${seen}'; env >> '${seen}'`,
    );
    const terminal = demoOf(sandbox, [], {
      ANTHROPIC_API_KEY: 'sk-ant-the-real-one',
      ANTHROPIC_BASE_URL: 'https://elsewhere.example',
      CLAUDE_CODE_OAUTH_TOKEN: 'the-real-token',
      CLAUDE_CONFIG_DIR: sandbox.root,
      AWS_SECRET_ACCESS_KEY: 'another-secret',
    });
    await terminal.sees('> The discount');
    terminal.type(CTRL_C);
    await terminal.ended;
    expect(terminal.mainScreen()).toMatch(/ended with 0 without a\s+request/);
    const [cwd = '', ...lines] = (await readFile(seen, 'utf8')).split('\n');
    const env = Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
    expect(lines.join('\n')).not.toMatch(/the-real|another-secret|elsewhere/);
    expect(cwd).toMatch(new RegExp(`^${sandbox.tmp}/claude-trace-demo-\\w+/home/bakery$`));
    expect(env.HOME).toBe(cwd.replace(/\/bakery$/, ''));
    expect(env.CLAUDE_CONFIG_DIR).toBe(join(env.HOME ?? '', '.claude'));
    expect(env.ANTHROPIC_API_KEY).toContain('not-a-real-key');
    expect(env.HTTPS_PROXY).toMatch(/^http:\/\/\S+@127\.0\.0\.1:\d+$/);
  });
});

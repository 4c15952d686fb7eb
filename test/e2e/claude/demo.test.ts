import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installClaude } from '../../support/claude/install.js';
import { pressEnter } from '../../support/claude/press-enter.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { afterwards, onTerminal } from '../../support/product/shell-terminal.js';
import { newSandbox } from '../../support/product.js';

const CTRL_C = '\x03';

/** The JavaScript program of Claude Code 2.0.30 reaches no proxy from Node 26 on: it opens no connection to any (seen with 26.10). */
const VERSIONS = CLAUDE_VERSIONS.filter(
  (version) => version !== '2.0.30' || Number.parseInt(process.versions.node, 10) < 26,
);

describe.each(VERSIONS)('claude-trace demo with Claude Code %s on the PATH', (version) => {
  it('starts right into an answered prompt, answers what is typed, and goes on when it is left', async () => {
    const sandbox = await newSandbox();
    const program = await installClaude(version);
    const bin = join(sandbox.root, 'bin');
    await mkdir(bin);
    const command = program.endsWith('.js') ? `'${process.execPath}' '${program}'` : `'${program}'`;
    await writeFile(join(bin, 'claude'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    const terminal = onTerminal(sandbox, ['demo'], { env: { PATH: `${bin}:${sandbox.env.PATH}` } });
    onTestFinished(() => terminal.kill('SIGKILL'));

    await terminal.sees(/BAKE-12 reports the same/);
    await terminal.sees(/tickets +█.*│|│.*tickets +█/);
    terminal.type('what else is there?');
    await terminal.sees(/[>❯]\s+what else is there\?/);
    await pressEnter(
      () => terminal.type('\r'),
      () => terminal.sees('A script answers, so I cannot help with that.'),
    );
    // Ctrl-C while an answer is coming would only stop the answer.
    await terminal.seesNot(/open…|esc to interrupt/);
    terminal.type(CTRL_C);
    await terminal.sees(/Ctrl-C again/i);
    terminal.type(CTRL_C);
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(0);
    expect(after).toBe(before);
    expect(terminal.mainScreen()).toMatch(/MCP: 3 calls to 2 servers, 1 failed\./);
    expect(terminal.mainScreen()).toContain('Now with the real one: claude-trace wrap -- claude');
    expect(await readdir(sandbox.tmp)).toEqual([]);
  });
});

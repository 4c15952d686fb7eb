import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonRow } from '../../../src/base/json-row.js';
import type { RequestSummary } from '../../../src/model/request.js';
import { interactiveClaude } from '../../support/claude/interactive.js';
import { MARKERS } from '../../support/claude/markers.js';
import { pressEnter } from '../../support/claude/press-enter.js';
import { CLAUDE_VERSIONS, type ClaudeVersion } from '../../support/claude/versions.js';
import { afterwards, onTerminal } from '../../support/product/shell-terminal.js';
import { newSandbox, type Sandbox } from '../../support/product.js';
import { encoded, heldAfter, type Script, say, startScriptedApi } from '../../support/scripted-api.js';
import type { TestTerminal } from '../../tui/split/support/terminal.js';

const PREFIX = '\x1d';
const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const ANSWER = 'Certainly 日本語 👍 at once';

/** In the layout that is taken unless one is named. */
async function claudeInSplitPane(
  version: ClaudeVersion,
  script: Script = say(ANSWER),
): Promise<{ sandbox: Sandbox; terminal: TestTerminal }> {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script });
  onTestFinished(() => api.close());
  const { command, cwd, env } = await interactiveClaude(version, sandbox, api);
  const whenStopped = 'echo "stopped $?"; read line; fg';
  const terminal = onTerminal({ ...sandbox, cwd }, ['wrap', '--', ...command], { env, whenStopped });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return { sandbox, terminal };
}

describe.each(CLAUDE_VERSIONS)('Claude Code %s beside the panel', (version) => {
  it('is typed into and answers, its requests stand on the right, and the last is rated from its prompt', async () => {
    const { sandbox, terminal } = await claudeInSplitPane(version);
    await terminal.sees(/^[│ ]*[>❯]/m);
    await terminal.sees('[1 requests]');
    terminal.type('say hello');
    await terminal.sees('say hello');
    await pressEnter(
      () => terminal.type('\r'),
      () => terminal.sees(ANSWER),
    );
    await terminal.sees(/framework \(\d+\) +█/);
    await terminal.sees(/tools \(\d+\) +█/);

    terminal.type(`${PREFIX}+`);
    await terminal.sees('rated +1');

    terminal.type(CTRL_Z);
    await terminal.sees('stopped 147');
    terminal.type('\r');
    await terminal.sees(ANSWER);
    await terminal.sees('[1 requests]');

    terminal.resize(100, 40);
    await terminal.sees('[1 requests]');
    terminal.type(CTRL_C);
    await terminal.sees(/Ctrl-C again/i);
    terminal.type(CTRL_C);
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(0);
    expect(after).toBe(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.tracked.modes()).toMatchObject({ bracketedPaste: false, mouse: 0, kittyKeyboard: 0 });

    const { stdout } = await sandbox.run(['query', '--rated', '--json']);
    const [rated, ...others]: JsonRow<RequestSummary>[] = JSON.parse(stdout.toString());
    expect(others).toEqual([]);
    expect(rated?.purpose).toBe('main');
    expect(
      sandbox
        .stored()
        .find(({ row }) => row.id === rated?.id)
        ?.requestBody.toString(),
    ).toContain(MARKERS.projectMemory);
  });
});

describe('Claude Code beside the panel', () => {
  it('is answered in words that are read on the right as they come, compressed as Claude Code wants them', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answer = say(Array.from({ length: 60 }, (_, index) => `word ${index}`).join(' '));
    const { terminal } = await claudeInSplitPane('2.1.332', async (request) => {
      const reply = await answer(request);
      const isTurn = request.body.includes('"tools":[{') && request.body.includes('"stream":true');
      return isTurn ? encoded(heldAfter(3_000, released, reply), 'br') : reply;
    });
    await terminal.sees(/^[│ ]*[>❯]/m);
    await terminal.sees('[1 requests]');
    terminal.type('say hello');
    await terminal.sees('say hello');
    await pressEnter(
      () => terminal.type('\r'),
      () => terminal.sees(/open….* \d+~/),
    );
    terminal.type(`${PREFIX}\r\x1b[C\x1b[C`);
    await terminal.sees(/── text[\s\S]*word 9 [\s\S]*still coming …/);
    release();
    await terminal.sees('stopped: end_turn');

    terminal.type('q');
    await terminal.sees('Ctrl-] to this panel');
    terminal.type(CTRL_C);
    await terminal.sees(/Ctrl-C again/i);
    terminal.type(CTRL_C);
    await terminal.sees('stopped 0');
  });
});

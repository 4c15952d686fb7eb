import { describe, expect, it, onTestFinished } from 'vitest';
import { client, message } from '../support/product/client.js';

import { tmuxOf } from '../support/product/tmux.js';
import { MAIN, newSandbox } from '../support/product.js';
import { heldAfter, type Script, say, startScriptedApi } from '../support/scripted-api.js';

const soon = { timeout: 30_000, interval: 50 };

describe('claude-trace wrap inside tmux', () => {
  it('leaves the terminal to the command, and shows its requests in a pane beside it, closed at the end', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Certainly.') });
    onTestFinished(() => api.close());
    const plan = client({ requests: [{ body: message('rename the parser') }] });
    const child = `tty; "$@" > answer.txt && echo "it was answered"; read line; exit 5`;
    const words = ['wrap', '--', 'sh', '-c', child, 'sh', ...plan].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const tmux = tmuxOf(
      sandbox,
      await sandbox.behind(api),
      `tty; '${process.execPath}' '${MAIN}' ${words.join(' ')}; echo "exit $?"; read line`,
    );
    await expect.poll(() => tmux.panes().length, soon).toBe(2);
    const [ours = '', panel = ''] = tmux.panes();
    await expect.poll(() => tmux.screen(ours), soon).toContain('it was answered');
    await expect.poll(() => tmux.screen(panel), soon).toMatch(/conversation \(1\) +█+ .*100 %/);
    const [outside, inside] = tmux.screen(ours).split('\n');
    expect(inside).toBe(outside);

    // The panel says how to get there, and tmux does what it says.
    await expect.poll(() => tmux.screen(panel), soon).toContain('Ctrl-b o to the command, and back');

    tmux.type(panel, '+');
    await expect.poll(() => tmux.screen(panel), soon).toContain('rated +1');
    tmux.type(ours, 'Enter');
    await expect.poll(() => tmux.screen(ours), soon).toContain('exit 5');
    expect(tmux.screen(ours)).toMatch(/claude-trace: 1 request/);
    expect(tmux.panes()).toEqual([ours]);
    const { stdout } = await sandbox.run(['query', '--rated', '--json']);
    expect(JSON.parse(stdout.toString())).toHaveLength(1);
  });

  it('gives the pane the share of the window that the last one had at its end', async () => {
    const sandbox = await newSandbox();
    const wrapped = `'${process.execPath}' '${MAIN}' wrap --quiet -- sh -c 'echo "ready $0"; read line'`;
    const tmux = tmuxOf(sandbox, {}, `${wrapped} one; ${wrapped} two; echo 'both ended'; read line`);
    await expect.poll(() => tmux.panes().length, soon).toBe(2);
    const [ours = '', panel = ''] = tmux.panes();
    expect(tmux.width(panel)).toBe(64);
    tmux.resize(panel, 80);
    await expect.poll(() => tmux.screen(ours), soon).toContain('ready one');
    tmux.type(ours, 'Enter');
    await expect.poll(() => tmux.screen(ours), soon).toContain('ready two');
    expect(tmux.width(tmux.panes()[1] ?? '')).toBe(80);
    tmux.type(ours, 'Enter');
    await expect.poll(() => tmux.screen(ours), soon).toContain('both ended');
  });

  it('shows in the pane what is coming, and the pane ends when wrap was killed', async () => {
    const sandbox = await newSandbox();
    const text = Array.from({ length: 60 }, (_, index) => `word ${index}`).join(' ');
    const script: Script = async (request) => heldAfter(2_000, new Promise(() => {}), await say(text)(request));
    const api = await startScriptedApi({ script });
    onTestFinished(() => api.close());
    const words = ['wrap', '--', ...client({ requests: [{ body: message('rename the parser') }] })];
    const tmux = tmuxOf(
      sandbox,
      await sandbox.behind(api),
      `'${process.execPath}' '${MAIN}' ${words.map((word) => `'${word}'`).join(' ')} < /dev/tty & echo "wrap is $!"; wait; read line`,
    );
    await expect.poll(() => tmux.panes().length, soon).toBe(2);
    const [ours = '', panel = ''] = tmux.panes();
    await expect.poll(() => tmux.screen(panel), soon).toMatch(/open….* \d+~/);
    tmux.type(panel, 'Enter', 'Right', 'Right');
    await expect.poll(() => tmux.screen(panel), soon).toMatch(/word 1 word 2[\s\S]*still coming/);

    const [, pid = ''] = /wrap is (\d+)/.exec(tmux.screen(ours)) ?? [];
    process.kill(Number(pid), 'SIGKILL');
    await expect.poll(() => tmux.panes(), soon).toEqual([ours]);
  });
});

describe('claude-trace wrap --layout tmux', () => {
  it('runs the command without a panel outside tmux, and says so', async () => {
    const sandbox = await newSandbox();
    const line = `'${process.execPath}' '${MAIN}' wrap --layout tmux -- echo mine`;
    const program = sandbox.startOther(['script', '-qec', line, '/dev/null'], { env: { SHELL: '/bin/sh' } });
    const { stdout } = await program.ended;
    expect(stdout.toString()).toContain('mine');
    expect(stdout.toString()).toContain('claude-trace: No panel was shown: this is not a pane of tmux');
    expect(stdout.toString()).toContain('No requests were seen: the command made no API call');
  });
});

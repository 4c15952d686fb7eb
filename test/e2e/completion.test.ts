import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../store/support/records.js';
import { isInstalled } from '../support/is-installed.js';
import { MAIN, type Sandbox } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';
import { TestTerminal } from '../tui/split/support/terminal.js';

type Shell = 'bash' | 'zsh' | 'fish';

const SHELLS: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['--norc', '--noprofile', '-i'],
  zsh: ['-f', '-i'],
  fish: ['--no-config', '-i'],
};

const demo = tracedDemo();

/** An interactive shell that completes claude-trace as its users have set it up. */
async function shellOf(shell: Shell, { root, cwd, env }: Sandbox): Promise<TestTerminal> {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'claude-trace'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
  const terminal = new TestTerminal('/bin/sh', ['-c', `cd '${cwd}' && exec ${shell} ${SHELLS[shell].join(' ')}`], {
    width: 120,
    height: 40,
    env: {
      ...env,
      PATH: `${bin}:${env.PATH}`,
      PS1: 'ready> ',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      fish_greeting: '',
    },
  });
  const setUp = {
    bash: 'source <(claude-trace completion bash); bind "set bell-style none"; clear; echo set up',
    zsh: 'PROMPT="ready> "; source <(claude-trace completion zsh); clear; echo set up',
    fish: 'claude-trace completion fish | source; function fish_prompt; echo "ready> "; end; clear; echo set up',
  }[shell];
  await terminal.sees(/\S/);
  terminal.type(`${setUp}\r`);
  await terminal.sees(/^set up$/m);
  return terminal;
}

/** A source whose name means something to a shell, and one that would forge a line. */
function addOddSources(database: string): void {
  const store = openStore(database);
  const run = aRun();
  store.beginRun(run);
  const request = aRequest(run.id);
  store.saveRequest(request);
  const names = ['mcp:odd $(touch hacked)', 'mcp:odd\nforged'];
  store.saveResponse(aResponse(request), anAttribution(names.map((name) => aShare(name, 5))));
  store.close();
}

describe.each(Object.keys(SHELLS) as Shell[])('completion in %s', (shell) => {
  it.skipIf(!isInstalled(shell))('completes commands, options, their values, and what was captured', async () => {
    addOddSources(demo.sandbox.database);
    const terminal = await shellOf(shell, demo.sandbox);
    /** Types a line and Tab, waits until the line is this, and takes it away again. */
    const completes = async (line: string, whole: string) => {
      terminal.type(`${line}\t`);
      await terminal.sees(new RegExp(`ready> ${whole.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}( |$)`, 'm'));
      terminal.type('\x15');
      await terminal.seesNot(new RegExp(`ready> ${line.slice(0, 14)}`));
    };
    /** Types a line, and Tab as often as it takes until all of these are offered. */
    const offers = async (line: string, ...words: string[]) => {
      terminal.type(`${line}\t\t`);
      for (const word of words) await terminal.sees(new RegExp(`(^|\\s)${word}(\\s|$)`, 'm'));
      terminal.type('\x15clear\r');
      await terminal.seesNot(words.at(-1) ?? '');
    };

    await completes('claude-trace que', 'claude-trace query');
    await completes('claude-trace help sugg', 'claude-trace help suggest');
    await completes('claude-trace query --sou', 'claude-trace query --source');
    await completes('claude-trace query --json --rever', 'claude-trace query --json --reverse');
    await completes('claude-trace query --source mcp:ser', 'claude-trace query --source mcp:serena');
    await completes('claude-trace query --source=mcp:ser', 'claude-trace query --source=mcp:serena');
    await completes('claude-trace query --sort la', 'claude-trace query --sort latency');
    await completes('claude-trace query --status inter', 'claude-trace query --status interrupted');
    await completes('claude-trace export --format ha', 'claude-trace export --format har');
    await completes('claude-trace show la', 'claude-trace show last');
    await completes('claude-trace config get reten', 'claude-trace config get retention_days');
    const session = demo.requests[0]?.row.sessionId ?? '';
    await completes(`claude-trace stats --session ${session.slice(0, 6)}`, `claude-trace stats --session ${session}`);
    const id = demo.requests.at(-1)?.row.id ?? '';
    await completes(`claude-trace show ${id.slice(0, -1)}`, `claude-trace show ${id}`);
    await completes('claude-trace wrap -- claude-tra', 'claude-trace wrap -- claude-trace');
    await offers('claude-trace stats --by ', 'source', 'model', 'session', 'hour', 'day', 'week');
    await offers('claude-trace query --s', '--since', '--session', '--source', '--status', '--sort');

    terminal.type('claude-trace query --source mcp:odd\t');
    await terminal.sees(/touch/);
    expect(terminal.rows().join('\n')).not.toContain('forged');
    terminal.type('\r');
    await terminal.sees(/2026|20\d\d-|\d\d:\d\d:\d\d/);
    terminal.type('\x15clear; ls; echo listed\r');
    await terminal.sees(/^listed$/m);
    expect(terminal.rows().join('\n')).not.toContain('hacked');
    terminal.type('exit\r');
    await terminal.ended;
  });
});

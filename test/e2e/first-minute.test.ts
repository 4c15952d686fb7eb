import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDemo } from '../../src/demo/demo.js';
import { MAIN, newSandbox } from '../support/product.js';
import { TestTerminal } from '../tui/split/support/terminal.js';

const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));
/** A session with two MCP servers and two skills; then it waits for Enter. */
const PLAYED = ['sh', '-c', '"$@"; echo "that was all"; read line', 'sh', process.execPath, CLIENT];
/** A folder that gets the screens, as text. */
const CAPTURES = process.env.CLAUDE_TRACE_CAPTURES;

/** What a line says that a group costs: `<$0.0001` too. */
const costOf = (group: string) => new RegExp(`${group} .*\\$0\\.00\\d\\d`);

describe.each([
  [80, 24],
  [120, 35],
  [200, 50],
])('the first minute at %d x %d', (width, height) => {
  it('has the cost of MCP servers and of skills on the screen, without a key', async () => {
    const sandbox = await newSandbox();
    const api = await startDemo();
    onTestFinished(() => api.close());
    const traced = await sandbox.behind(api);
    const open = (args: readonly string[], env = sandbox.env) => {
      const options = { width, height, env: { ...env, LANG: 'C.UTF-8', PWD: sandbox.cwd } };
      const terminal = new TestTerminal(process.execPath, [MAIN, ...args], options);
      onTestFinished(() => terminal.kill('SIGKILL'));
      return terminal;
    };
    const capture = (name: string, terminal: TestTerminal) => {
      const rows = terminal.rows().map((row) => row.trimEnd());
      const text = `${rows.join('\n').trimEnd()}\n`;
      expect(text).not.toContain(sandbox.cwd);
      if (CAPTURES) writeFileSync(join(CAPTURES, `${name}-${width}x${height}.txt`), text);
    };

    const wrap = open(['wrap', '--', ...PLAYED], { ...sandbox.env, ...traced });
    await wrap.sees('that was all');
    await wrap.sees(/main .*of 200k/);
    await wrap.sees(costOf('mcp'));
    await wrap.sees(costOf('skills'));
    capture('wrap', wrap);
    wrap.type('\r');
    await wrap.ended;

    const tui = open(['tui']);
    await tui.sees(/▾ mcp \(2\) .*\$0\.00\d\d/);
    await tui.sees(costOf('[▸▾] skills \\(2\\)'));
    for (const server of ['serena', 'tickets']) await tui.sees(costOf(server));
    capture('tui', tui);
    tui.type('q');
    await tui.ended;

    const show = open(['show', 'last']);
    await show.ended;
    await show.sees(costOf('mcp \\(2\\)'));
    await show.sees(costOf('skills \\(2\\)'));
    capture('show', show);
  });
});

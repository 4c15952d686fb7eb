/**
 * Runs a command in a split pane beside a panel of plain text, and ends as the command did.
 * usage: tsx host.ts <command> [arguments…]
 */
import { spawnSync } from 'node:child_process';
import { toPrefixKey } from '../../../../src/settings/prefix-key.js';
import type { Panel, PanelHost } from '../../../../src/tui/split/panel.js';
import { startSplitPane } from '../../../../src/tui/split/split-pane.js';

/** Says its size, what it was sent, and who has the keyboard. Keys: `q` leaves, `Z` zooms, `L` lends, `x` fails, `X` fails later, `W` writes past the panel. */
function textPanel(): Panel {
  let host: PanelHost | null = null;
  let size = '';
  let typed = '';
  let prefixed = '';
  let focus = 'none';
  let changed = () => {};
  return {
    attach(given) {
      host = given;
    },
    resize(width, height) {
      size = `${width}x${height}`;
    },
    frame: () => ['PANEL', `size ${size}`, `typed ${typed}`, `prefixed ${prefixed}`, `focus ${focus}`],
    statusRow: (width) => `STATUS ${prefixed} ${size}`.slice(0, width),
    onFrame(callback) {
      changed = callback;
      return () => {
        changed = () => {};
      };
    },
    onInput(bytes) {
      const keys = bytes.toString();
      if (keys === 'q') host?.leave();
      if (keys === 'Z') host?.zoom();
      if (keys === '<') host?.resize(1);
      if (keys === 'L') host?.lend(readLine);
      if (keys === 'W') writePast();
      if (keys === 'x') throw new Error('the panel failed');
      if (keys === 'X') {
        setImmediate(() => {
          throw new Error('something of ours failed');
        });
      }
      typed += JSON.stringify(keys).slice(1, -1);
      changed();
    },
    onMouse({ type, x, y }) {
      typed += `(${type} ${x} ${y})`;
      changed();
    },
    onPrefixed(key) {
      if (key !== '+') return false;
      prefixed += key;
      changed();
      return true;
    },
    onFocus(now) {
      focus = now;
      changed();
    },
    close() {},
  };
}

/** What libraries, and Node itself, may say at any time. */
function writePast(): void {
  console.error('past the panel: error');
  console.log('past the panel: log');
  process.emitWarning('past the panel: warning');
}

/** Another program that wants the terminal for itself. */
async function readLine(): Promise<void> {
  spawnSync('sh', ['-c', 'echo borrowed; read line'], { stdio: 'inherit' });
}

const shared: object[] = [];
const [command = '', ...args] = process.argv.slice(2);
const pane = await startSplitPane({
  command,
  args,
  env: process.env,
  cwd: process.cwd(),
  panel: textPanel(),
  prefix: toPrefixKey('ctrl-]'),
  mouse: process.env.NO_MOUSE === undefined,
  shares: {},
  onShared: (share) => shared.push(share),
  stdin: process.stdin,
  stdout: process.stdout,
  onBackground: () => {},
  onPanelFailed: () => {},
  onLateSignal: () => {},
  onTerminalStuck: () => process.exit(9),
});
const end = await pane.ended;
if (end.startError) process.stdout.write(`${end.startError}\n`);
process.stdout.write(`ended ${end.exitCode} ${end.signal}\n`);
if (shared.length > 0) process.stdout.write(`shared ${JSON.stringify(shared)}\n`);
process.exit(end.exitCode);

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { afterwards, onTerminal } from '../support/product/shell-terminal.js';
import { newSandbox, type Sandbox } from '../support/product.js';

/** What only a panel needs. */
const OF_THE_PANEL = ['@lydell/node-pty', '@xterm/headless', 'ink', 'react', 'react-reconciler', 'yoga-layout'];

/** With this in the environment Node.js writes down all code that ran, a file a thread. */
const noting = ({ root }: Sandbox) => ({ NODE_V8_COVERAGE: join(root, 'ran') });

interface Coverage {
  result: { url: string }[];
}

/** Those of the panel's packages that ran, as files of their own or in a bundle, which names what it is made of in comments. */
async function loadedOfThePanel({ root }: Sandbox): Promise<string[]> {
  const folder = join(root, 'ran');
  const ran = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const urls = new Set(ran.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url)));
  const files = [...urls].filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  expect(files.some((file) => file.endsWith('/dist/cli/main.js'))).toBe(true);
  const texts = await Promise.all(files.map(async (file) => `// ${file}\n${await readFile(file, 'utf8')}`));
  return OF_THE_PANEL.filter((name) => texts.some((text) => new RegExp(`^// .*node_modules/${name}/`, 'm').test(text)));
}

describe('what commands load', () => {
  it('is nothing of the panel where none is shown', async () => {
    const sandbox = await newSandbox();
    const terminal = onTerminal(sandbox, ['wrap', '--layout', 'none', '--', 'true'], { env: noting(sandbox) });
    expect((await afterwards(terminal)).exit).toBe(0);
    expect((await sandbox.run(['query'], { env: noting(sandbox) })).exitCode).toBe(0);
    expect(await loadedOfThePanel(sandbox)).toEqual([]);
  });

  it('is all of it where one is shown', async () => {
    const sandbox = await newSandbox();
    // The panel loads when the command has drawn its first screen, or a little later.
    const terminal = onTerminal(sandbox, ['wrap', '--layout', 'split', '--', 'sleep', '3'], { env: noting(sandbox) });
    expect((await afterwards(terminal)).exit).toBe(0);
    expect(await loadedOfThePanel(sandbox)).toEqual(OF_THE_PANEL);
  });
});

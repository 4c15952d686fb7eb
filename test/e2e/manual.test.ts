import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.js';
import { describedBy } from '../../src/cli/options/described-options.js';
import { isInstalled } from '../support/is-installed.js';

const MANUAL = fileURLToPath(new URL('../../dist/claude-trace.1', import.meta.url));

describe.each(COMMANDS)('the manual page of $name', ({ name, load }) => {
  it('has its options and examples, of which it has some', async () => {
    const page = (await readFile(MANUAL, 'utf8'))
      .replaceAll('\\-', '-')
      .replaceAll('\\[u2026]', '…')
      .replaceAll('\\e', '\\');
    const { options, examples } = describedBy(await load());
    const section = page.split(`\n.SS ${name}\n`)[1]?.split('\n.SS ')[0];
    expect(examples.length).toBeGreaterThan(0);
    for (const option of options) expect(section).toContain(`\\fB--${option.name}\\fR`);
    for (const { line } of examples) expect(section).toContain(`\n${line}\n`);
  });
});

describe('the manual page', () => {
  it.runIf(isInstalled('mandoc'))('has no mistakes that mandoc knows', async () => {
    const { stdout, exitCode } = await execa('mandoc', ['-T', 'lint', '-W', 'warning', MANUAL], { reject: false });
    expect([exitCode, stdout]).toEqual([0, '']);
  });

  it.runIf(isInstalled('man'))('is shown by man', async () => {
    const { stdout } = await execa('man', ['-l', MANUAL], { env: { MANWIDTH: '80', LANG: 'C', MANPAGER: 'cat' } });
    expect(stdout).toContain('claude-trace command [options]');
    expect(stdout).toMatch(/^ {3}suggest$/m);
  });
});

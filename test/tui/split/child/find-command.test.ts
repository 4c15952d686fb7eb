import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { childTerminalEnv } from '../../../../src/tui/split/child/child-environment.js';
import { findCommand } from '../../../../src/tui/split/child/find-command.js';

const folder = mkdtempSync(join(tmpdir(), 'find-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'bin'));
for (const name of ['runs', 'refused']) writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n');
chmodSync(join(folder, 'bin', 'runs'), 0o755);
chmodSync(join(folder, 'bin', 'refused'), 0o644);
const env = { PATH: `/nowhere:${join(folder, 'bin')}` };

describe('findCommand', () => {
  it('searches PATH', () => {
    expect(findCommand('runs', env, folder)).toEqual({ file: join(folder, 'bin', 'runs') });
  });

  it('passes over what is no folder in PATH, and has the exit code of a shell for names that no file can have', () => {
    const PATH = `${join(folder, 'bin', 'refused')}:${env.PATH}`;
    expect(findCommand('runs', { PATH }, folder)).toEqual({ file: join(folder, 'bin', 'runs') });
    expect(findCommand('x'.repeat(300), env, folder)).toMatchObject({ exitCode: 127 });
  });

  it('resolves a path from the working directory', () => {
    expect(findCommand('./bin/runs', env, folder)).toEqual({ file: join(folder, 'bin', 'runs') });
  });

  it('has the exit code of a shell for a missing command and for a file that is not executable', () => {
    expect(findCommand('absent', env, folder)).toMatchObject({ exitCode: 127, startError: expect.any(String) });
    expect(findCommand('./bin', env, folder)).toMatchObject({ exitCode: 127 });
    expect(findCommand('refused', env, folder)).toMatchObject({ exitCode: 126 });
  });
});

describe('childTerminalEnv', () => {
  it("names the child's own terminal and hides the one outside", () => {
    const outer = {
      TERM: 'screen',
      TERM_PROGRAM: 'tmux',
      TERM_PROGRAM_VERSION: '3',
      TMUX: 'x',
      TMUX_PANE: '%1',
      KITTY_PID: '1',
    };
    const kept = { HOME: '/home/me', TMUX_TMPDIR: '/run/tmux' };
    expect(childTerminalEnv({ ...outer, COLUMNS: '80', ...kept, UNSET: undefined })).toEqual({
      ...kept,
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    });
  });
});

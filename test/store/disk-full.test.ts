import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { maySmallDisk, withSmallDisk, withSmallFiles } from '../support/small-disk.js';

const SCRIPT = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'support', 'fill-disk.ts')];

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-full-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns the output of the script */
function run([program = '', ...args]: readonly string[]) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('a full disk', () => {
  // Where no small disk can be mounted, only the test with a limited file runs.
  if (maySmallDisk) {
    it('a full disk loses nothing that is stored, is reported, and takes more when there is room', () => {
      const folder = emptyFolder();
      const result = run(withSmallDisk(folder, 6, [...SCRIPT, folder, join(folder, 'ballast')]));
      expect(result.refused).toEqual({
        code: 'full',
        message: expect.stringMatching(/^No space is left for the database .*\.$/),
      });
      expect(result.beforeRoom).toBeGreaterThan(5);
      expect(result).toMatchObject({ afterRoom: result.beforeRoom + 1, total: result.beforeRoom + 1, damage: [] });
    });
  }

  it('behaves like a file that may not grow: what was stored stays intact', () => {
    const result = run(withSmallFiles(4, [...SCRIPT, emptyFolder()]));
    expect(['full', 'io']).toContain(result.refused.code);
    expect(result.beforeRoom).toBeGreaterThan(5);
    expect(result).toMatchObject({ total: result.beforeRoom, damage: [] });
  });
});

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../src/store/live-runs.js';

describe('a run', () => {
  it('is alive while its process runs', () => {
    expect(isAlive({ pid: process.pid, started_at: Date.now() })).toBe(true);
    expect(isAlive({ pid: process.ppid, started_at: 0 })).toBe(true);
  });

  it('is not alive once its process has ended', () => {
    const { pid } = spawnSync(process.execPath, ['--eval', '']);
    expect(isAlive({ pid, started_at: Date.now() })).toBe(false);
  });

  it('of an earlier process with our pid is not alive', () => {
    expect(isAlive({ pid: process.pid, started_at: Date.now() - process.uptime() * 1_000 - 60_000 })).toBe(false);
  });
});

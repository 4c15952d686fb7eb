import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { announce, announcedServers, withdraw } from '../../src/api/announcement.js';

const SERVER = {
  url: 'http://127.0.0.1:4000',
  token_file: '/data/api.token',
  started_at: '2026-01-31T12:00:00.000Z',
  version: '0.1.0',
};

function database(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-discovery-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'trace.db');
}

it('finds a server while it is announced, in a file that only this user can read', () => {
  const file = database();
  announce(file, SERVER);
  expect(announcedServers(file)).toEqual([{ pid: process.pid, ...SERVER }]);
  const [name = '', ...others] = readdirSync(join(file, '..'));
  expect(others).toEqual([]);
  expect(statSync(join(file, '..', name)).mode & 0o777).toBe(0o600);
  withdraw(file);
  withdraw(file);
  expect(readdirSync(join(file, '..'))).toEqual([]);
});

it('ignores files of dead processes, and removes them with the next announcement', () => {
  const file = database();
  const { pid } = spawnSync(process.execPath, ['--version']);
  for (const name of [`api-${pid}.json`, `api-${pid}.json.tmp`]) {
    writeFileSync(join(file, '..', name), JSON.stringify({ pid, ...SERVER }));
  }
  expect(announcedServers(file)).toEqual([]);
  announce(file, SERVER);
  expect(readdirSync(join(file, '..'))).toEqual([`api-${process.pid}.json`]);
});

it('ignores other files, and keeps them', () => {
  const file = database();
  const strange = ['api-x.json', 'api.token', 'trace.db', `api-${process.pid}.json`];
  for (const name of strange) writeFileSync(join(file, '..', name), '{');
  expect(announcedServers(file)).toEqual([]);
  expect(readdirSync(join(file, '..')).sort()).toEqual(strange.sort());
});

it('finds no server where there is no folder', () => {
  expect(announcedServers('/nowhere/at/all/trace.db')).toEqual([]);
});

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { carriesToken, loadToken } from '../../../src/api/access/token.js';

function tokenFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'data', 'api.token');
}

it('is made once, for this user alone, and leaves nothing else behind', () => {
  const file = tokenFile();
  const token = loadToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(loadToken(file)).toBe(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['api.token']);
  expect(loadToken(tokenFile())).not.toBe(token);
});

it('is for this user alone again where a copy had wider rights', () => {
  const file = tokenFile();
  const token = loadToken(file);
  chmodSync(file, 0o644);
  expect(loadToken(file)).toBe(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('a link that leads nowhere is told, and nothing is written where it leads', () => {
  const file = tokenFile();
  const elsewhere = `${file}.elsewhere`;
  mkdirSync(join(file, '..'));
  symlinkSync(elsewhere, file);
  expect(() => loadToken(file)).toThrow(`${file} cannot be read. Remove it`);
  expect(readdirSync(join(file, '..'))).toEqual(['api.token']);
});

it('what cannot be read is told by its name', () => {
  const file = tokenFile();
  mkdirSync(file, { recursive: true });
  expect(() => loadToken(file)).toThrow(`${file} cannot be read: EISDIR`);
});

it('a file that holds no token is told, and never taken for one', () => {
  const file = tokenFile();
  loadToken(file);
  writeFileSync(file, '');
  expect(() => loadToken(file)).toThrow(`${file} holds no token. Remove it`);
});

it('is taken from a Bearer header only, and only as a whole', () => {
  const token = 'abc-123';
  const headers = [
    'Bearer abc-123',
    'bearer  abc-123 ',
    'Basic abc-123',
    'Bearer abc-12',
    'Bearer abc-1234',
    'abc-123',
    '',
    undefined,
  ];
  expect(headers.map((header) => carriesToken(header, token))).toEqual([true, true, ...Array(6).fill(false)]);
});

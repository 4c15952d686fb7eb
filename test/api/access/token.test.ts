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

it('is created once, readable by this user only, and leaves no other file', () => {
  const file = tokenFile();
  const token = loadToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(loadToken(file)).toBe(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['api.token']);
  expect(loadToken(tokenFile())).not.toBe(token);
});

it('loses wider permissions of a copy', () => {
  const file = tokenFile();
  const token = loadToken(file);
  chmodSync(file, 0o644);
  expect(loadToken(file)).toBe(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('a dangling link is an error, and nothing is written at its target', () => {
  const file = tokenFile();
  const elsewhere = `${file}.elsewhere`;
  mkdirSync(join(file, '..'));
  symlinkSync(elsewhere, file);
  expect(() => loadToken(file)).toThrow(`${file} cannot be read. Remove it`);
  expect(readdirSync(join(file, '..'))).toEqual(['api.token']);
});

it('an unreadable file is named in the error', () => {
  const file = tokenFile();
  mkdirSync(file, { recursive: true });
  expect(() => loadToken(file)).toThrow(`${file} cannot be read: EISDIR`);
});

it('a file without a token is an error', () => {
  const file = tokenFile();
  loadToken(file);
  writeFileSync(file, '');
  expect(() => loadToken(file)).toThrow(`${file} holds no token. Remove it`);
});

it('is accepted only whole and in a Bearer header', () => {
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

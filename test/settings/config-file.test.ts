import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.js';
import { NO_BUDGETS } from '../../src/model/budget.js';
import { readBudgets } from '../../src/settings/budgets.js';
import { DEFAULT_CONFIG } from '../../src/settings/config.js';
import { loadConfig } from '../../src/settings/config-file.js';
import { CONFIG_KEYS, describeKey, parseConfig } from '../../src/settings/config-schema.js';
import { readRaw, writeRaw } from '../../src/settings/raw-config.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claude-trace-config-'));
  file = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('loadConfig', () => {
  it('gives the defaults without a file, and for an empty object', async () => {
    expect(await loadConfig(file)).toEqual(DEFAULT_CONFIG);
    await writeFile(file, '{}');
    expect(await loadConfig(file)).toEqual(DEFAULT_CONFIG);
  });

  it('prefers the file to the defaults', async () => {
    await writeFile(file, '{"retention_days": 7, "ui.layout": "none"}');
    expect(await loadConfig(file)).toEqual({ ...DEFAULT_CONFIG, retention_days: 7, 'ui.layout': 'none' });
  });

  it.each([
    ['nonsense', 'is not a JSON object (line 1, column 1);'],
    ['{\n  "enabled": true,\n}', 'is not a JSON object (line 3, column 1);'],
    ['{\n  "enabled": yes\n}', 'is not a JSON object (line 2, column 14);'],
    ['"text"', 'is not a JSON object;'],
    ['null', 'is not a JSON object;'],
    ['[1]', 'is not a JSON object;'],
    ['', 'is not a JSON object (line 1, column 1);'],
  ])('refuses a file that holds %j and names it', async (text, why) => {
    await writeFile(file, text);
    await expect(loadConfig(file)).rejects.toThrow(UsageError);
    await expect(loadConfig(file)).rejects.toThrow(`${file} ${why}`);
  });

  it('names a file that it cannot read', async () => {
    await expect(loadConfig(folder)).rejects.toThrow(`Cannot read the configuration ${folder}`);
  });

  it('does not wait for a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(loadConfig(pipe)).rejects.toThrow(`Cannot read the configuration ${pipe}`);
    expect(readBudgets(pipe)).toEqual(NO_BUDGETS);
  });
});

describe('parseConfig', () => {
  it('accepts its own defaults', () => {
    expect(parseConfig({ ...DEFAULT_CONFIG }, file)).toEqual(DEFAULT_CONFIG);
  });

  it('names an unknown key, the file and all known keys', () => {
    const message = messageOf({ colour: 'red' });
    expect(message).toContain(`"colour" in ${file}`);
    for (const key of CONFIG_KEYS) expect(message).toContain(key);
  });

  it.each<[raw: Record<string, unknown>, key: string, expectation: RegExp]>([
    [{ enabled: 'yes' }, 'enabled', /expected true or false, not text\.$/],
    [{ capture_enabled: null }, 'capture_enabled', /expected true or false, not null\.$/],
    [{ retention_days: 0 }, 'retention_days', /expected at least 1\.$/],
    [{ retention_days: 1.5 }, 'retention_days', /expected a whole number\.$/],
    [{ max_db_mb: '2048' }, 'max_db_mb', /expected a number, not text\.$/],
    [{ intercept_hosts: [] }, 'intercept_hosts', /expected at least one host\.$/],
    [{ intercept_hosts: ['ok.example', 'http://x'] }, 'intercept_hosts > 1', /host name/],
    [{ 'api.port': 65_536 }, 'api.port', /expected at most 65535\.$/],
    [{ 'ui.layout': 'sideways' }, 'ui.layout', /expected auto, split, tmux or none\.$/],
    [{ 'ui.prefix': 'ctrl-m' }, 'ui.prefix', /ctrl- and a letter/],
    [{ 'otlp.endpoint': 'localhost:4318' }, 'otlp.endpoint', /URL of an OpenTelemetry collector/],
    [{ 'otlp.endpoint': 'http://me:secret@localhost:4318' }, 'otlp.endpoint', /without credentials/],
    [{ 'otlp.endpoint': 'http://localhost:4318/v1/traces' }, 'otlp.endpoint', /without \/v1\/traces/],
    [{ 'otlp.attributes': { team: 1 } }, 'otlp.attributes > team', /expected text, not a number\.$/],
    [{ prices: { m: { input: 1 } } }, 'prices > m > output', /is missing; expected a number\.$/],
    [{ prices: { m: { input: 1, output: 1, cached: 1 } } }, 'prices > m', /: unknown field "cached"\.$/],
  ])('%j: names key, file and what was expected', (raw, key, expectation) => {
    expect(messageOf(raw)).toContain(`"${key}" in ${file}`);
    expect(messageOf(raw)).toMatch(expectation);
  });

  it('names all keys that are wrong', () => {
    expect(messageOf({ colour: 'red', enabled: 'yes', max_db_mb: 0, size: 1 }).split('\n')).toEqual([
      expect.stringMatching(/^Invalid value for "enabled" in .*: expected true or false, not text\.$/),
      expect.stringMatching(/^Invalid value for "max_db_mb" in .*: expected at least 1\.$/),
      expect.stringMatching(/^Unknown keys "colour", "size" in .*; known keys: enabled, /),
    ]);
  });

  function messageOf(raw: Record<string, unknown>): string {
    try {
      parseConfig(raw, file);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error('it was accepted');
  }
});

it('every key has a description', () => {
  for (const key of CONFIG_KEYS) expect(describeKey(key)).not.toBe('');
  expect(CONFIG_KEYS.toSorted()).toEqual(Object.keys(DEFAULT_CONFIG).toSorted());
});

it('writeRaw makes a folder and a file that only their owner can read, replaces the file in one step, and leaves no other', async () => {
  const inside = join(folder, 'new', 'config.json');
  writeRaw(inside, { retention_days: 7 });
  writeRaw(inside, { retention_days: 8 });
  expect(await readRaw(inside)).toEqual({ retention_days: 8 });
  expect((await readFile(inside, 'utf8')).endsWith('}\n')).toBe(true);
  expect((await stat(inside)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(folder, 'new'))).toEqual(['config.json']);
});

it('writeRaw leaves a symbolic link in place, as into a folder of dotfiles', async () => {
  const dotfile = join(folder, 'dotfile.json');
  writeRaw(dotfile, { retention_days: 7 });
  await symlink(dotfile, file);
  writeRaw(file, { retention_days: 8 });
  expect([await readlink(file), await readRaw(dotfile)]).toEqual([dotfile, { retention_days: 8 }]);
});

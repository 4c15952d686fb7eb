import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { fileOutput } from '../../../src/export/output/output.js';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function write(path: string, replace: boolean, text = 'new'): Promise<void> {
  const output = await fileOutput(path, replace);
  await output.write(text);
  await output.commit();
}

describe('an output file', () => {
  it('gets its name when it is complete, and only its owner can read it', async () => {
    const folder = newFolder();
    const file = join(folder, 'out');
    const output = await fileOutput(file, false);
    await output.write('one ');
    expect(readdirSync(folder)).toEqual([`out.${process.pid}.partial`]);
    await output.write('two');
    await output.commit();
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readFileSync(file, 'utf8')).toBe('one two');
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing behind when it is discarded', async () => {
    const folder = newFolder();
    const output = await fileOutput(join(folder, 'out'), false);
    await output.write('half');
    await output.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('replaces another with --force, but not before it is complete', async () => {
    const folder = newFolder();
    const file = join(folder, 'out');
    writeFileSync(file, 'old');
    await expect(fileOutput(file, false)).rejects.toThrow(/already exists: add --force/);
    await (await fileOutput(file, true)).discard();
    expect(readFileSync(file, 'utf8')).toBe('old');
    await write(file, true);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('keeps a link, and replaces the file that it leads to', async () => {
    const folder = newFolder();
    const [file, link] = [join(folder, 'target'), join(folder, 'link')];
    writeFileSync(file, 'old');
    symlinkSync('target', link);
    await expect(fileOutput(link, false)).rejects.toThrow(/add --force/);
    await write(link, true);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(lstatSync(file).isFile()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  it.each([false, true])('refuses what is not a regular file, with --force: %s', async (replace) => {
    const folder = newFolder();
    const at = (name: string) => join(folder, name);
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    mkdirSync(at('folder'));
    symlinkSync('socket', at('link to it'));
    symlinkSync('nowhere', at('dangling'));
    const before = readdirSync(folder);
    await expect(fileOutput(at('socket'), replace)).rejects.toThrow(/not a regular file: leave out --output/);
    await expect(fileOutput(at('link to it'), replace)).rejects.toThrow(/not a regular file/);
    await expect(fileOutput(at('folder'), replace)).rejects.toThrow(/is a folder/);
    await expect(fileOutput(at('dangling'), replace)).rejects.toThrow(UsageError);
    expect(readdirSync(folder)).toEqual(before);
    expect(lstatSync(at('socket')).isSocket()).toBe(true);
    expect(lstatSync(at('dangling')).isSymbolicLink()).toBe(true);
  });

  it.each(['a file', 'a link'])('does not overwrite %s that is created in the meantime', async (what) => {
    const folder = newFolder();
    const file = join(folder, 'out');
    const output = await fileOutput(file, false);
    await output.write('new');
    if (what === 'a file') writeFileSync(file, 'mine');
    else symlinkSync('elsewhere', file);
    await expect(output.commit()).rejects.toThrow(/was created in the meantime and was not overwritten/);
    await output.discard();
    expect(readdirSync(folder)).toEqual(['out']);
    expect(what === 'a file' ? readFileSync(file, 'utf8') : lstatSync(file).isSymbolicLink()).toBe(
      what === 'a file' ? 'mine' : true,
    );
  });

  it('in a folder that does not exist is an error', async () => {
    const file = join(newFolder(), 'nowhere', 'out');
    await expect(fileOutput(file, false)).rejects.toThrow(/^Cannot write .*out: ENOENT/);
  });

  it.each([
    ['SIGTERM', ['SIGTERM']],
    ['SIGHUP', ['SIGHUP']],
    ['SIGINT', ['SIGINT', 'SIGINT']],
  ] as const)('is removed when %s ends the process before it is complete', async (signal, sent) => {
    const folder = newFolder();
    const writer = join(import.meta.dirname, '..', 'support', 'half-written.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', writer, join(folder, 'out')]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    for (const each of sent) {
      await once(child.stdout, 'data'); // it has written, or has seen the first signal
      if (each === sent[0]) expect(readdirSync(folder)).toEqual([`out.${child.pid}.partial`]);
      child.kill(each);
    }
    expect(await ended).toEqual([null, signal]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

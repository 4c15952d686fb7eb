import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeDatabase } from '../../src/store/database.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { tempDatabase } from '../store/support/temp-database.js';
import { wholeHistory } from '../store/support/whole-history.js';
import { MAIN, newSandbox } from '../support/product.js';
import { maySmallDisk, withSmallDisk } from '../support/small-disk.js';
import { Sqlite } from '../support/sqlite.js';

/** A user whose data folder holds this database. */
async function newUser(file: string) {
  const sandbox = await newSandbox();
  const env = { CLAUDE_TRACE_DATA_DIR: dirname(file) };
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await sandbox.run(args, { env });
    return { exitCode, text: stdout.toString(), error: stderr.toString() };
  };
  return { file, run, doctor: (...options: string[]) => run('doctor', ...options) };
}

const traced = () => newUser(wholeHistory(4).file);

/** Overwrites everything after the first pages. @returns the new content of the file */
async function destroyAfter(file: string, pages: number): Promise<Buffer> {
  const bytes = await readFile(file);
  bytes.fill(0xee, pages * 4096);
  await writeFile(file, bytes);
  return bytes;
}

describe('doctor tells what to do next about a database that', () => {
  const problem = (text: string) => text.match(/^FAIL {2}database .*$/gm)?.join('\n');

  it('is damaged', async () => {
    const user = await traced();
    await destroyAfter(user.file, (await readFile(user.file)).length / 4096 - 12);
    expect(problem((await user.doctor()).text)).toMatch(
      /is damaged.*`claude-trace doctor --repair` saves what can still be read/,
    );
    // Pages of the schema are among these.
    await destroyAfter(user.file, 20);
    expect(problem((await user.doctor()).text)).toMatch(/is damaged.*Rows may still be found .*\.recover \|/);
    expect((await user.doctor('--repair')).text).toMatch(/The schema .* is destroyed/);
  });

  it('was written by a newer version', async () => {
    const user = await traced();
    const db = new Sqlite(user.file);
    db.exec("INSERT INTO migrations VALUES ('9999-from-the-future', 0)");
    db.close();
    const before = await readFile(user.file);
    expect(problem((await user.doctor()).text)).toMatch(/newer claude-trace.*npm install -g claude-trace@latest/);
    expect((await user.doctor('--repair')).text).toMatch(/^FAIL {2}repair .*newer claude-trace/);
    expect((await readFile(user.file)).equals(before)).toBe(true);
  });

  it('belongs to another program', async () => {
    const user = await newUser(tempDatabase());
    await mkdir(dirname(user.file), { mode: 0o700 });
    const db = new Sqlite(user.file);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    const before = await readFile(user.file);
    expect(problem((await user.doctor()).text)).toMatch(/of another program.*Move that file away/);
    expect((await user.doctor('--repair')).text).toMatch(/^FAIL {2}repair .*of another program/);
    expect((await readFile(user.file)).equals(before)).toBe(true);
  });

  it('is in a folder that may not be written, and can be read all the same', async () => {
    const { file } = wholeHistory(2);
    const sandbox = await newSandbox();
    // Root may write everywhere, so it runs as somebody else, to whom nothing here belongs.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    await chmod(dirname(dirname(file)), 0o755);
    await chmod(sandbox.root, 0o755);
    await chmod(file, 0o444);
    await chmod(dirname(file), 0o555);
    onTestFinished(() => chmod(dirname(file), 0o700));
    const options = { env: { CLAUDE_TRACE_DATA_DIR: dirname(file) }, ...(uid !== undefined && { uid }) };
    const doctor = await sandbox.run(['doctor'], options);
    expect(problem(doctor.stdout.toString())).toMatch(
      /cannot write to .*, so nothing can be captured\. Make it writable/,
    );
    expect(doctor.stdout.toString()).toMatch(/^ok {4}database .* 4 requests/m);
    const repair = await sandbox.run(['doctor', '--repair'], options);
    expect(repair.stdout.toString()).toMatch(/^FAIL {2}repair .*trace\.db/);
  });

  // Without a small disk, disk-full.test.ts tests the rest.
  if (maySmallDisk) {
    it('has little space left', async () => {
      const sandbox = await newSandbox();
      await mkdir(sandbox.dataDir, { mode: 0o700 });
      const command = withSmallDisk(sandbox.dataDir, 6, [process.execPath, MAIN, 'doctor']);
      const { stdout } = await sandbox.startOther(command).ended;
      expect(problem(stdout.toString())).toMatch(/4\.\d MB are free on the disk of .*`claude-trace prune`/);
    });
  }

  it('another program holds', async () => {
    const user = await traced();
    const db = new Sqlite(user.file);
    onTestFinished(() => void db.close());
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
    expect(problem((await user.doctor()).text)).toMatch(/is locked by another process.*End that program, or try again/);
    expect((await user.doctor('--repair')).text).toMatch(
      /^FAIL {2}repair .*in use by another process.*Nothing was changed/,
    );
  }, 60_000);
});

describe('doctor --verify and --repair', () => {
  it('find a traced session whole, and change nothing', async () => {
    const user = await traced();
    const before = await readFile(user.file);
    expect(await user.doctor('--verify')).toMatchObject({
      exitCode: 0,
      text: expect.stringMatching(
        /^ok {4}verification .*requests, \d+ MCP messages and \d+ slices are as captured: .* at .*\/s\n$/,
      ),
    });
    expect(await user.doctor('--repair')).toMatchObject({ exitCode: 0, text: expect.stringContaining('is intact') });
    expect((await readFile(user.file)).equals(before)).toBe(true);
  });

  it('repair saves what a damaged database has left, names what is lost, and tracing goes on', async () => {
    const user = await traced();
    const damaged = await destroyAfter(user.file, (await readFile(user.file)).length / 4096 - 12);
    const verified = await user.doctor('--verify', '--json');
    expect(verified.exitCode).toBe(1);
    expect(JSON.parse(verified.text)).toContainEqual({
      level: 'problem',
      what: 'damage',
      message: expect.stringMatching(/^\d+ .*: /),
    });
    const repaired = await user.doctor('--repair');
    const kept = /the damaged file is kept as (.*)$/m.exec(repaired.text)?.[1] ?? '';
    expect((await readFile(kept)).equals(damaged)).toBe(true);
    expect(repaired.exitCode).toBe(repaired.text.includes('FAIL') ? 1 : 0);
    expect((await user.run('query', '--kind', 'all')).exitCode).toBe(0);
    expect((await user.run('wrap', '--', 'true')).exitCode).toBe(0);
    expect((await user.doctor()).text).not.toMatch(/^FAIL {2}database/m);
  }, 60_000);

  it('say that nothing can be saved of garbage', async () => {
    const user = await traced();
    await destroyAfter(user.file, 0);
    expect(await user.doctor('--repair')).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/^FAIL {2}repair .*The schema .* is destroyed.*\.recover \|/),
    });
    for (const options of [[], ['--verify']]) {
      const { text } = await user.doctor(...options);
      expect(text).toMatch(/is damaged\. Nothing was deleted\. Rows may still be found .*\.recover \|/);
      expect(text).not.toContain('doctor --repair');
    }
  });

  it('are asked one at a time, and say when there is nothing yet', async () => {
    const user = await newUser(tempDatabase());
    expect(await user.doctor('--verify', '--repair')).toMatchObject({
      exitCode: 2,
      error: expect.stringMatching(/^claude-trace: Give only one of --verify, --repair/),
    });
    for (const option of ['--verify', '--repair']) {
      expect(await user.doctor(option)).toMatchObject({
        exitCode: 0,
        text: expect.stringMatching(/^note .*Nothing captured yet/),
      });
    }
  });
});

it('commands say that they bring a large database up to date, which takes a while, and only then', async () => {
  const user = await newUser(tempDatabase());
  makeDatabase(
    user.file,
    MIGRATIONS.slice(0, -1).map(({ name }) => name),
  ).close();
  await truncate(user.file, 101 * 1_024 ** 2);
  expect((await user.run('query')).error).toMatch(
    /^claude-trace: Bringing the database up to date: 101\.0 MB, which can take minutes\. It can be interrupted\.$/m,
  );
  expect((await user.run('query')).error).not.toContain('bringing');
});

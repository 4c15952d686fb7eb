import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, client, message } from '../support/product/client.js';
import { type Ended, MAIN, newSandbox, notices, type Sandbox } from '../support/product.js';
import { type ScriptedApi, say, startScriptedApi } from '../support/scripted-api.js';
import { Sqlite } from '../support/sqlite.js';

const PROMPTS = ['one', 'two', 'three'];
const COMMAND = client({ requests: PROMPTS.map((prompt) => ({ body: message(prompt) })), exitCode: 6 });

async function withApi(): Promise<{ sandbox: Sandbox; api: ScriptedApi; env: Record<string, string> }> {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Hello.') });
  onTestFinished(() => api.close());
  return { sandbox, api, env: await sandbox.behind(api) };
}

/** The command got all its answers, and its exit code is ours. */
function expectUndisturbed(ended: Ended, api: ScriptedApi): void {
  expect(ended).toMatchObject({ exitCode: 6, signal: null });
  expect(answers(ended).map(({ body }) => body)).toEqual(api.received.map(({ answered }) => answered?.body));
  expect(answers(ended).map(({ status }) => status)).toEqual(PROMPTS.map(() => 200));
}

describe('faults of the database leave the traffic undisturbed, and one message informs the user', () => {
  it('a database whose folder cannot be made', async () => {
    const { sandbox, api, env } = await withApi();
    const file = join(sandbox.root, 'a-file');
    await writeFile(file, 'not a folder');
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], {
      env: { ...env, CLAUDE_TRACE_DATA_DIR: join(file, 'data') },
    });
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes('a-file'))).toEqual([
      expect.stringMatching(/^Cannot open the database /),
    ]);
    expect(await readFile(file, 'utf8')).toBe('not a folder');
  }, 30_000);

  it('a database in a folder that only others may write to', async () => {
    const { sandbox, api, env } = await withApi();
    await mkdir(sandbox.dataDir, { mode: 0o500 });
    // Root may write everywhere, so it runs as somebody else, to whom nothing here belongs.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    if (uid !== undefined) {
      await chmod(sandbox.root, 0o755);
      for (const folder of [sandbox.dataDir, sandbox.tmp]) await chown(folder, uid, uid);
    }
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], { env, ...(uid !== undefined && { uid }) });
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes(sandbox.database))).toHaveLength(1);
  }, 30_000);

  it('a database that another process locks for the whole run', async () => {
    const { sandbox, api, env } = await withApi();
    await sandbox.run(['wrap', '--', 'true']);
    const other = new Sqlite(sandbox.database);
    onTestFinished(() => void other.close());
    other.exec('BEGIN EXCLUSIVE');
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], { env });
    other.exec('ROLLBACK');
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes('locked'))).toHaveLength(1);
    expect(notices(ended).filter((line) => line.includes('could not be stored'))).toEqual([
      expect.stringMatching(/^6 captured requests and responses /),
    ]);
  }, 60_000);

  it('a database that cannot grow', async () => {
    const { sandbox, api, env } = await withApi();
    await sandbox.run(['wrap', '--', 'true']);
    const requests = PROMPTS.map(() => ({ body: message('%noise%'), noise: 600_000 }));
    const command = client({ requests, exitCode: 6 });
    // Blocks of 512 bytes in every shell's POSIX mode: no file larger than 256 KB.
    const limited = ['sh', '-c', 'ulimit -f 512; exec "$@"', 'sh', process.execPath, MAIN, 'wrap', '--', ...command];
    const ended = await sandbox.startOther(limited, { env }).ended;
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes(sandbox.database))).toHaveLength(1);
    expect(notices(ended).filter((line) => line.includes('could not be stored'))).toHaveLength(1);
  }, 60_000);

  it('a database that is damaged, of which nothing is deleted', async () => {
    const { sandbox, api, env } = await withApi();
    await mkdir(sandbox.dataDir, { mode: 0o700 });
    const garbage = randomBytes(16_384);
    await writeFile(sandbox.database, garbage);
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], { env });
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes(sandbox.database))).toEqual([
      expect.stringMatching(/is damaged\. Nothing was deleted\. `claude-trace doctor` shows details\.$/),
    ]);
    expect((await readFile(sandbox.database)).equals(garbage)).toBe(true);
  });

  it('a database that is damaged in the middle, of which nothing is deleted', async () => {
    const { sandbox, api, env } = await withApi();
    await sandbox.run(['wrap', '--', ...COMMAND], { env });
    api.received.length = 0;
    const file = await readFile(sandbox.database);
    // All but the first page: the file is still known as ours.
    const broken = Buffer.concat([file.subarray(0, 4096), randomBytes(file.length - 4096)]);
    await writeFile(sandbox.database, broken);
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], { env });
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes('is damaged'))).toHaveLength(1);
    expect((await readFile(sandbox.database)).length).toBeGreaterThanOrEqual(broken.length);
    const query = await sandbox.run(['query']);
    expect(query).toMatchObject({ exitCode: 1, stdout: Buffer.alloc(0) });
    expect(query.stderr.toString()).toMatch(/^claude-trace: .* is damaged.*\n$/);
    expect((await sandbox.run(['doctor'])).exitCode).toBe(1);
  });

  it('a database of another program, which is left as it was', async () => {
    const { sandbox, api, env } = await withApi();
    await mkdir(sandbox.dataDir, { mode: 0o700 });
    const other = new Sqlite(sandbox.database);
    other.exec("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('bread')");
    other.close();
    const before = await readFile(sandbox.database);
    const ended = await sandbox.run(['wrap', '--', ...COMMAND], { env });
    expectUndisturbed(ended, api);
    expect(notices(ended).filter((line) => line.includes('another program'))).toHaveLength(1);
    expect((await readFile(sandbox.database)).equals(before)).toBe(true);
  });
});

describe('a lock of the database that ends', () => {
  it('a database that is locked for a while loses nothing: records are written when the lock is gone', async () => {
    const { sandbox, env } = await withApi();
    await sandbox.run(['wrap', '--', 'true']);
    const other = new Sqlite(sandbox.database);
    onTestFinished(() => void other.close());
    other.exec('BEGIN EXCLUSIVE');
    const requests = [
      ...PROMPTS.map((prompt) => ({ body: message(prompt) })),
      { body: message('four'), waitFor: 'go on' },
    ];
    const program = sandbox.start(['wrap', '--', ...client({ requests })], { env });
    await program.says('"end","index":2');
    other.exec('ROLLBACK');
    program.process.stdin.write('go on\n');
    const ended = await program.ended;
    expect(ended.exitCode).toBe(0);
    expect(notices(ended)).toEqual([expect.stringMatching(/^4 requests, /)]);
    expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(Array(4).fill('complete'));
  }, 30_000);
});

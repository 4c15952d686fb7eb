import { readFile, stat } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, openReader, openStore } from '../../src/store/index.js';
import { DAY_MS, saveHistory } from '../store/support/old-history.js';
import { aRun } from '../store/support/records.js';
import { newSandbox, notices, type Sandbox, untilTrue } from '../support/product.js';

let sandbox: Sandbox;

/** A request a day, for 40 days, the last one today. */
beforeEach(async () => {
  sandbox = await newSandbox();
  const store = openStore(sandbox.database);
  const run = aRun({ pid: 2 ** 31 - 1 });
  store.beginRun(run);
  saveHistory(store, run.id, 40);
  store.endRun(run.id);
  store.close();
});

function storedRequests(): number {
  const reader = openReader(sandbox.database);
  const { total } = reader.query({ kind: 'all' });
  reader.close();
  return total;
}

describe('claude-trace prune', () => {
  it('removes what the configuration does not keep, and says what that gave', async () => {
    await sandbox.configure({ retention_days: 10 });
    const before = (await stat(sandbox.database)).size;
    const ended = await sandbox.run(['prune']);
    expect(ended.stdout.toString()).toMatch(/^30 requests removed, .+ on disk before, .+ after\.\n$/);
    expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({ exitCode: 0, notices: [] });
    expect(storedRequests()).toBe(10);
    expect((await stat(sandbox.database)).size).toBeLessThan(before);
  });

  it('takes other limits, and answers in JSON', async () => {
    const before = (await stat(sandbox.database)).size;
    const ended = await sandbox.run(['prune', '--older-than', '20d', '--json']);
    expect(JSON.parse(ended.stdout.toString())).toEqual({
      requests: 20,
      mcp_messages: 0,
      bytes_before: before,
      bytes_after: (await stat(sandbox.database)).size,
      used_bytes: (await stat(sandbox.database)).size,
      interrupted: false,
    });
  });

  it('refuses to remove everything because of the configuration and the clock alone', async () => {
    await sandbox.configure({ retention_days: 10 });
    const db = openDatabase(sandbox.database, { readonly: false });
    db.prepare('UPDATE captured_requests SET initiated = initiated - ?').run(20 * DAY_MS);
    db.close();
    const refused = await sandbox.run(['prune']);
    expect({ exitCode: refused.exitCode, stdout: refused.stdout.toString() }).toEqual({ exitCode: 1, stdout: '' });
    expect(notices(refused)).toEqual([expect.stringMatching(/^By the clock of this computer all 39 .+ --older-than/)]);
    expect(storedRequests()).toBe(40);
    const meant = await sandbox.run(['prune', '--older-than', '10d']);
    expect(meant.stdout.toString()).toMatch(/^39 requests removed/);
  });

  it('says where statistics alone are more than the limit', async () => {
    const ended = await sandbox.run(['prune', '--max-mb', '0.01']);
    expect(ended.stdout.toString()).toMatch(/^39 requests removed/);
    expect(notices(ended)).toEqual([
      expect.stringMatching(/^The database uses .+, more than 10\.2 KB, .+ Raise max_db_mb to allow more\.$/),
    ]);
    expect(storedRequests()).toBe(1);
    const more = await sandbox.run(['prune', '--max-mb', '0.01', '--older-than', '90d', '--dry-run']);
    expect(more.stdout.toString()).toMatch(/^The database uses .+ nothing more can be removed/);
  });

  it('says with --dry-run what would go, and changes nothing', async () => {
    const bytes = await readFile(sandbox.database);
    const said = await sandbox.run(['prune', '--older-than', '20d', '--dry-run']);
    expect(said.stdout.toString()).toMatch(
      /^Would remove 20 requests, from .+ to .+\.\nThat frees some .+ \(an estimate\)/,
    );
    const bySize = await sandbox.run(['prune', '--max-mb', '0.3', '--dry-run', '--json']);
    expect(JSON.parse(bySize.stdout.toString())).toMatchObject({ dry_run: true, too_old: 10, estimated: true });
    const nothing = await sandbox.run(['prune', '--older-than', '90d', '--dry-run']);
    expect(nothing.stdout.toString()).toMatch(/^Nothing to remove: /);
    expect(Buffer.compare(await readFile(sandbox.database), bytes)).toBe(0);
    expect(storedRequests()).toBe(40);
  });

  it.each([
    [['--older-than', 'soon'], '--older-than'],
    [['--max-mb', '0'], '--max-mb'],
    [['--max-mb', 'much'], '--max-mb'],
  ])('refuses %j, naming the option', async (args, option) => {
    const ended = await sandbox.run(['prune', ...args]);
    expect({ exitCode: ended.exitCode, stdout: ended.stdout.toString() }).toEqual({ exitCode: 2, stdout: '' });
    expect(notices(ended)).toEqual([expect.stringContaining(option)]);
    expect(storedRequests()).toBe(40);
  });
});

describe('a traced command', () => {
  it('removes old requests while it runs, once a day', async () => {
    await sandbox.configure({ retention_days: 10 });
    const program = sandbox.start(['wrap', '--quiet', '--', process.execPath, '-e', 'process.stdin.resume()']);
    await untilTrue(() => storedRequests() === 10);
    const ended = await program.ended;
    expect({ exitCode: ended.exitCode, stderr: ended.stderr.toString() }).toEqual({ exitCode: 0, stderr: '' });
    const store = openStore(sandbox.database);
    expect(store.retention.turn.take(Date.now() + DAY_MS)).toBe(true);
    store.close();
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.js';
import { aConnection, aMessage } from '../store/support/mcp-records.js';
import { aRun } from '../store/support/records.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';

const cleanups: (() => Promise<void>)[] = [];
const SESSION = 'aaaaaaaa-0000-4000-8000-000000000001';
const HOSTILE = 'red \u001b[31m ‮ alert';
let sandbox: Sandbox;
let run: string;

/** Two connections of a session: one with messages, of which one is hostile, and one without. */
beforeAll(async () => {
  sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
  const store = openStore(sandbox.database);
  const begun = aRun({ pid: 2 ** 31 - 1 });
  run = begun.id;
  store.beginRun(begun);
  const tickets = aConnection(begun.id, { name: 'tickets', sessionId: SESSION });
  const empty = aConnection(begun.id, { name: 'empty', sessionId: SESSION });
  const at = Date.now();
  const texts = [
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"id":17}}}',
    JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: HOSTILE }] } }),
    `{ "not" : "compact", "${HOSTILE}" : 1.0 }`,
  ];
  store.saveMcp([
    { type: 'connection', connection: tickets },
    { type: 'connection', connection: empty },
    ...texts.map((text, index) => ({
      type: 'message' as const,
      message: aMessage(tickets.id, {
        bytes: Buffer.from(text),
        at: at + index * 10.25,
        sender: index === 0 ? 'client' : 'server',
      }),
    })),
  ]);
  store.close();
  return async () => {
    for (const cleanup of cleanups) await cleanup();
  };
});

const folder = () => join(sandbox.dataDir, 'tapes');
const file = () => join(folder(), readdirSync(folder()).find((name) => name.startsWith('tickets')) ?? '');

async function tape(...args: string[]) {
  const ended = await sandbox.run(['tape', ...args]);
  return { exitCode: ended.exitCode, out: ended.stdout.toString(), notices: notices(ended) };
}

describe('claude-trace tape', () => {
  it('records, shows, exports, checks, tags and deletes the tapes of a run', async () => {
    const recorded = await tape('record', run.slice(0, 20));
    expect(recorded.notices.join()).toContain('1 connection without messages: no tape was made of them.');
    expect(recorded.out).toMatch(/tickets +3 +21 ms/);
    const none = await tape('record', run.slice(0, 20), '--server', 'nope');
    expect(none).toMatchObject({ exitCode: 1, out: '' });
    expect(none.notices.join()).toMatch(
      /No connection to nope was recorded there\. It has: (tickets, empty|empty, tickets)\./,
    );
    expect(readdirSync(folder())).toHaveLength(1);

    const shown = await tape('show', 'last');
    expect(shown.out).toMatch(/^read +1 +10 ms/m);
    expect(shown.out).toMatch(/0 +0 ms +→ +tools\/call read +1 /);
    expect(shown.out).toMatch(/not JSON-RPC/);

    expect((await tape('show', 'last', '--frame', '2')).out).toBe(`{ "not" : "compact", "${HOSTILE}" : 1.0 }`);
    expect((await tape('export', 'tickets')).out).toBe(readFileSync(file(), 'utf8'));
    expect(readFileSync(file(), 'utf8')).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);

    const copy = join(sandbox.cwd, 'copy.tape.jsonl.gz');
    expect((await tape('export', 'last', '--output', copy)).exitCode).toBe(0);
    expect(gunzipSync(readFileSync(copy)).toString()).toBe(readFileSync(file(), 'utf8'));
    expect(await tape('export', 'last', '--output', copy)).toMatchObject({ exitCode: 2 });
    const har = join(sandbox.cwd, 'copy.har.gz');
    expect((await tape('export', 'last', '--format', 'har', '--output', har)).exitCode).toBe(0);
    expect(gunzipSync(readFileSync(har)).toString()).toBe((await tape('export', 'last', '--format', 'har')).out);

    expect((await tape('tag', 'last', 'one', 'two')).out).toContain('one, two');
    expect(
      JSON.parse((await tape('list', '--tag', 'one', '--tag', 'two', '--limit', '1', '--limit', '5', '--json')).out),
    ).toMatchObject({
      total: 1,
      tapes: [{ server: 'tickets', frames: 3, duration_ms: 20.5, complete: true, tags: ['one', 'two'] }],
    });
    expect(JSON.parse((await tape('stats', '--json')).out)).toMatchObject([
      { server: 'tickets', tapes: 1, facts: { calls: [{ name: 'read', calls: 1, failed_calls: 0 }] } },
    ]);
    expect((await tape('search', 'RED')).out).toMatch(/tickets-\S+ +1 .*red \S*\[31m/);

    writeFileSync(file(), readFileSync(file(), 'utf8').replace('"id":17', '"id":18'));
    const damaged = await tape('validate', 'last', copy);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.out).toMatch(/damaged: line 5, byte \d+: the lines before do not have the checksum/);
    expect(damaged.out).toMatch(/copy\.tape\.jsonl\.gz: valid, 3 frames, 21 ms/);
    expect((await tape('validate', 'last', '--fix')).out).toMatch(/fixed: 3 frames kept, 0 lines left out/);

    const imported = await tape('import', copy);
    expect(imported.out).toMatch(/tickets +3/);
    expect(JSON.parse((await tape('list', '--json')).out).total).toBe(2);
    expect((await tape('tag', 'last', 'imported')).exitCode).toBe(0);
    const again = await tape('import', copy, '--json');
    expect(again.notices.join()).toContain('is in the library already.');
    expect(JSON.parse(again.out)).toMatchObject([{ tags: ['imported'] }]);

    const [{ id }] = JSON.parse(again.out);
    const asked =
      '{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{"name":"read","arguments":{"id":17}}}\n';
    const replayed = await sandbox.run(['replay', id], { stdin: asked });
    expect(JSON.parse(replayed.stdout.toString().split('\n', 1)[0] ?? '')).toMatchObject({
      id: 'mine',
      result: { content: [{ text: HOSTILE }] },
    });

    expect(await tape('delete', 'last')).toMatchObject({
      exitCode: 2,
      notices: [expect.stringContaining('there is no terminal. Nothing was deleted: add --yes.')],
    });
    expect(JSON.parse((await tape('cleanup', '--older-than', '1h', '--yes', '--json')).out)).toEqual({ deleted: [] });
    const cleaned = JSON.parse((await tape('cleanup', '--older-than', '0s', '--yes', '--json')).out);
    expect(cleaned.deleted).toHaveLength(2);
    expect((await tape('list')).out).toBe('No tape matches.\n');
  });

  it.each([
    [['show'], 'Usage: claude-trace tape show <tape>'],
    [['show', 'last', '--server', 'tickets'], 'not for tape show: its tapes are given by name, so leave it out.'],
    [['list', '--min-size', '3 kilos'], '--min-size: "3 kilos" is not a size (500, 20kb, 1.5mb).'],
    [['list', '--max-duration', '5'], '--max-duration: "5" is not a duration (500ms, 1.5s, 2m, 1h).'],
    [['tag', 'last', 'a b'], '"a b" is not a tag'],
    [['cleanup'], 'Usage: claude-trace tape cleanup --older-than <age>'],
  ])('%j is a wrong command line', async (args, message) => {
    expect(await tape(...args)).toMatchObject({ exitCode: 2, notices: [expect.stringContaining(message)] });
  });

  it.each([
    [['show', '../../etc/passwd'], 'There is no tape "../../etc/passwd".'],
    [['delete', '--yes', '/etc/hostname.tape.jsonl'], 'There is no tape "/etc/hostname.tape.jsonl".'],
    [['record', 'run_zz'], 'No run with the id "run_zz" has used an MCP server.'],
    [['record', 'nobody'], 'No session with the id or name "nobody".'],
  ])('%j says what is missing', async (args, message) => {
    expect(await tape(...args)).toMatchObject({ exitCode: 1, notices: [expect.stringContaining(message)] });
  });

  it('deletes no file that is not a tape', async () => {
    const other = join(sandbox.cwd, 'notes.jsonl');
    writeFileSync(other, 'important');
    expect(await tape('delete', other, '--yes')).toMatchObject({ exitCode: 1 });
    expect(readFileSync(other, 'utf8')).toBe('important');
  });
});

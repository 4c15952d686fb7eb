import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/store/index.js';
import { loadSqlite } from '../../src/store/sqlite.js';
import { client, message } from '../support/product/client.js';
import { MAIN, newSandbox, notices, type Sandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();

const INPUT = {
  hook_event_name: 'Status',
  session_id: 'f0b1c2d3-0000-4000-8000-000000000001',
  model: { id: 'claude-sonnet-4-5', display_name: 'Sonnet 4.5' },
  context_window: {
    context_window_size: 200_000,
    current_usage: { input_tokens: 1_000, cache_read_input_tokens: 49_000, output_tokens: 0 },
  },
  cost: { total_cost_usd: 0.5 },
};
const PLAIN = { NO_COLOR: '1', COLUMNS: '120' };

/** What the command prints, which must end well and in silence. */
async function printed(sandbox: Sandbox, stdin: string, env: Record<string, string> = PLAIN): Promise<string> {
  const ended = await sandbox.run(['statusline'], { stdin, env });
  expect({ exitCode: ended.exitCode, stderr: ended.stderr.toString() }).toEqual({ exitCode: 0, stderr: '' });
  return ended.stdout.toString();
}

function ofDemo(): string {
  const sessionId = demo.requests.at(-1)?.row.sessionId;
  return JSON.stringify({ ...INPUT, session_id: sessionId, context_window: { context_window_size: 200_000 } });
}

const ALONE = 'Sonnet 4.5  ▕·····               ▏ 25 % of 200k  ~$0.50  cache 98 %';

describe('claude-trace statusline', () => {
  it('prints the context by group, the cost and the cache share of a traced session, as `sessions` has them', async () => {
    const [session] = JSON.parse(await demo.printed('sessions', '--json'));
    const last = demo.requests.filter(({ row }) => row.purpose === 'main').at(-1)?.row;
    const share = Math.round((session.cache_read_tokens / session.input_tokens) * 100);
    const line = await printed(demo.sandbox, ofDemo());
    expect(line).toMatch(/^Sonnet 4\.5 {2}▕.{20}▏ \d+ % of 200k {2}\w+ [\d.]+k?, \w+ [\d.]+k?, \w+ [\d.]+k? {2}\$/);
    expect(line).toContain(`$${session.cost_usd.toFixed(session.cost_usd < 0.1 ? 4 : 2)}  cache ${share} %\n`);
    const percent = Math.round((((last?.tokens.input ?? 0) + (last?.tokens.output ?? 0)) / 200_000) * 100);
    expect(line).toContain(` ${percent} % of 200k`);
  });

  it('has what Claude Code says itself of the last answer, which may not be stored yet', async () => {
    const sessionId = demo.requests.at(-1)?.row.sessionId;
    expect(await printed(demo.sandbox, JSON.stringify({ ...INPUT, session_id: sessionId }))).toContain(
      '▏ 25 % of 200k  mcp ',
    );
  });

  it('shows budgets that are nearly spent, as do the closing lines of wrap', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('hello') });
    onTestFinished(() => api.close());
    const set = (key: string, value: string) => sandbox.run(['config', 'set', key, value]);
    expect((await set('budget.day', 'much')).stderr.toString()).toContain('expected an amount of US dollars, or null');
    // Less than the request costs.
    expect((await set('budget.day', '0.0001')).exitCode).toBe(0);
    expect((await set('budget.month', '1000')).exitCode).toBe(0);
    const command = ['--', ...client({ requests: [{ body: message('hello') }] })];
    const wrapped = await sandbox.run(['wrap', ...command], { env: await sandbox.behind(api) });
    const said = notices(wrapped).join('\n');
    const [, cost] = /the budget for today is spent: (~?\$[\d.]+) of \$0\.0001\.$/.exec(said) ?? [];
    expect(said).toContain(`out, ${cost};`);
    expect(said).not.toContain('this month');
    expect(await printed(sandbox, JSON.stringify(INPUT))).toBe(`${ALONE}  day ${cost} of $0.0001  not traced\n`);
    const quiet = await sandbox.run(['wrap', '--quiet', ...command], { env: await sandbox.behind(api) });
    expect(notices(quiet)).toEqual([]);
  });

  it('has a help with the setting, and refuses options that it does not have', async () => {
    const help = await demo.sandbox.run(['statusline', '--help']);
    expect(help.stdout.toString()).toContain(
      '"statusLine": { "type": "command", "command": "claude-trace statusline" }',
    );
    expect((await demo.sandbox.run(['statusline', '--nonsense'], { stdin: '' })).exitCode).toBe(2);
  });

  it('colours the line although stdout is no terminal, unless NO_COLOR or TERM=dumb forbid it', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    const colour = /\x1b\[3\dm/;
    expect(await printed(demo.sandbox, ofDemo(), {})).toMatch(colour);
    expect(await printed(demo.sandbox, ofDemo(), PLAIN)).not.toContain('\x1b');
    expect(await printed(demo.sandbox, ofDemo(), { TERM: 'dumb' })).not.toContain('\x1b');
  });

  it('fits the columns that Claude Code says, else 80, without its margins', async () => {
    for (const COLUMNS of ['', '40', '80', '120']) {
      const line = await printed(demo.sandbox, ofDemo(), { NO_COLOR: '1', COLUMNS });
      expect(line.trimEnd().length).toBeLessThanOrEqual(Number(COLUMNS || 80) - 4);
    }
  });

  it('has what Claude Code says itself where nothing was captured, and makes no files', async () => {
    const sandbox = await newSandbox();
    expect(await printed(sandbox, JSON.stringify(INPUT))).toBe(`${ALONE}  not traced\n`);
    await expect(readdir(sandbox.dataDir)).rejects.toThrow('ENOENT');
  });

  it('has it for a session that was not captured, for a foreign database and for a locked one', async () => {
    expect(await printed(demo.sandbox, JSON.stringify(INPUT))).toBe(`${ALONE}  not traced\n`);

    const sandbox = await newSandbox();
    await mkdir(dirname(sandbox.database), { recursive: true });
    const Sqlite = loadSqlite();
    new Sqlite(sandbox.database).exec('CREATE TABLE theirs (a)').close();
    expect(await printed(sandbox, JSON.stringify(INPUT))).toBe(`${ALONE}  database not readable\n`);

    const busy = await newSandbox();
    const holder = openDatabase(busy.database, { readonly: false });
    holder.pragma('locking_mode = EXCLUSIVE');
    holder.exec('BEGIN EXCLUSIVE');
    expect(await printed(busy, JSON.stringify(INPUT))).toBe(`${ALONE}  database not readable\n`);
    holder.close();
  });

  it.each(['', 'no JSON', '{"session_id":', 'null'])('prints a line for the input %j', async (stdin) => {
    expect(await printed(await newSandbox(), stdin)).toBe('context –  no session\n');
  });

  it('shows no control characters that the input holds', async () => {
    const model = { display_name: '\x1b]0;title\x07\n' };
    const line = await printed(await newSandbox(), JSON.stringify({ ...INPUT, model }));
    expect(line).toBe(`${ALONE.replace('Sonnet 4.5  ', '')}  not traced\n`);
  });

  it('does not wait for an stdin that stays open', async () => {
    const program = (await newSandbox()).start(['statusline'], { env: PLAIN });
    const ended = once(program.process, 'exit');
    expect(await program.says('\n')).toBe('context –  no session\n');
    expect(await ended).toEqual([0, null]);
  });

  it('ends well when nobody reads the line', async () => {
    const closed = `'${process.execPath}' '${MAIN}' statusline < /dev/null | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await (await newSandbox()).startOther(['bash', '-c', closed]).ended;
    expect([stdout.toString(), stderr.toString()]).toEqual(['0\n', '']);
  });
});

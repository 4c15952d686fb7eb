import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER, openStore } from '../../src/store/index.js';
import { inTerminal } from '../support/product/terminal.js';
import { notices } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();
const { printed } = demo;
let sessionId: string;

beforeAll(() => {
  const [first] = demo.requests;
  sessionId = first?.row.sessionId ?? '';
  const store = openStore(demo.sandbox.database);
  store.ratings.add(first?.row.id ?? '', { rating: 0.5, comment: null }, LOCAL_USER);
  store.close();
});

const asked = async (...args: string[]) => JSON.parse(await printed(...args, '--json'));
const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, each) => total + (each ?? 0), 0);

describe('stats', () => {
  it('--json totals what was captured, and has a row for each source', async () => {
    const { by, time_zone, total, rows, total_rows } = await asked('stats');
    expect([by, typeof time_zone, rows.length]).toEqual(['source', 'string', total_rows]);
    expect(total).toMatchObject({
      requests: demo.requests.length,
      input_tokens: sum(demo.requests.map(({ row }) => row.tokens.input)),
      output_tokens: sum(demo.requests.map(({ row }) => row.tokens.output)),
      cost_usd: expect.closeTo(sum(demo.requests.map(({ row }) => row.costUsd)), 9),
      feedback_count: 1,
      average_rating: 0.5,
    });
    const serena = rows.find(({ key }: { key: string }) => key === 'mcp:serena');
    const shares = demo.requests.flatMap(({ row }) => row.sources.filter(({ source }) => source === 'mcp:serena'));
    expect(serena).toMatchObject({ requests: shares.length, input_tokens: sum(shares.map(({ tokens }) => tokens)) });
  });

  it('--by day, --ndjson and --csv give a row each, for scripts', async () => {
    const lines = (await printed('stats', '--by', 'day', '--ndjson')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).key)).toEqual([expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/)]);
    const [heading, row] = (await printed('stats', '--by', 'session', '--csv')).split('\r\n');
    expect(heading).toMatch(/^session,requests,/);
    expect(row).toMatch(new RegExp(`^${sessionId},${demo.requests.length},`));
  });

  it('minds period, session, source, order and limit', async () => {
    const { rows } = await asked(
      'stats',
      '--source',
      'mcp:*',
      '--sort',
      'requests',
      '--limit',
      '2',
      '--session',
      sessionId,
    );
    expect(rows.map(({ key }: { key: string }) => key.split(':')[0])).toEqual(['mcp', 'mcp']);
    expect((await asked('stats', '--until', '2000-01-01')).rows).toEqual([]);
    expect((await asked('stats', '--session', sessionId.slice(0, 6))).total.requests).toBe(demo.requests.length);
    const unknown = await demo.sandbox.run(['stats', '--session', 'nobody']);
    expect([unknown.exitCode, notices(unknown)]).toEqual([1, ['No session with the id or name "nobody".']]);
  });

  it('prints a table for people, without colours into a pipe', async () => {
    const text = await printed('stats', '--by', 'model');
    expect(text).toMatch(/^MODEL .*COST/m);
    expect(text).not.toContain('\u001b');
  });

  it.each([
    ['--by', 'weather'],
    ['--by', 'model', '--source', 'mcp:*'],
    ['--limit', '0'],
    ['--since', 'once'],
    ['--json', '--csv'],
  ])('refuses what makes no sense: %s %s', async (...args) => {
    expect(await demo.sandbox.run(['stats', ...args])).toMatchObject({ exitCode: 2 });
  });
});

describe('sessions', () => {
  it('lists what was traced, with its totals', async () => {
    expect(await asked('sessions')).toEqual([
      expect.objectContaining({
        id: sessionId,
        requests: demo.requests.length,
        input_tokens: sum(demo.requests.map(({ row }) => row.tokens.input)),
        average_rating: 0.5,
      }),
    ]);
    const past = await demo.sandbox.run(['sessions', '--offset', '1', '--ndjson']);
    expect({ stdout: past.stdout.toString(), notices: notices(past) }).toEqual({
      stdout: '',
      notices: ['--offset 1 is past the end: 1 session in all.'],
    });
    expect(await printed('sessions')).toContain(` ${sessionId.slice(0, 8)} `);
  });
});

describe('suggest', () => {
  it('says of so short a session what is missing, and no more: to people and to scripts', async () => {
    const { findings, saved, too_short } = await asked('suggest');
    expect([findings, saved.tokens]).toEqual([[], 0]);
    expect(too_short).toMatchObject({
      requests: demo.requests.length,
      missing: { prompts: 3 },
    });
    expect(await printed('suggest')).toMatch(/\nToo short to tell what is not used: .* 3 prompts .* are needed\.\n/);
  });
});

it('tables fit a terminal of 80 columns, coloured there but not when NO_COLOR says so', async () => {
  for (const args of [['stats'], ['stats', '--by', 'day'], ['stats', '--by', 'session'], ['sessions']]) {
    const screen = await shownAt80(args);
    expect(screen).toContain('\u001b[1m');
    for (const line of screen.split(/\r?\n/)) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect(await shownAt80(args, 'NO_COLOR=1 ')).not.toContain('\u001b');
  }
});

async function shownAt80(args: string[], before = ''): Promise<string> {
  const ended = await inTerminal(demo.sandbox, args, '', `stty cols 80; TERM=xterm-256color ${before}`).ended;
  expect(ended.exitCode).toBe(0);
  return ended.stdout.toString();
}

describe('sessions name', () => {
  it('names a session, which then is found and shown by its name, until the name is removed', async () => {
    expect(await printed('sessions', 'name', 'last', 'before the rewrite')).toBe(
      `Session ${sessionId} is named "before the rewrite".\n`,
    );
    expect((await asked('sessions'))[0]).toMatchObject({ id: sessionId, name: 'before the rewrite' });
    expect(await printed('stats', '--by', 'session')).toContain(`before the rewrite (${sessionId.slice(0, 8)})`);
    const rows = await asked('query', '--session', 'before the rewrite', '--limit', '100');
    expect(rows).toHaveLength(demo.requests.length);
    expect(await printed('__complete', 'fish', 'query', '--session', '')).toContain('\nbefore the rewrite\t');
    expect(await printed('sessions', 'name', 'before the rewrite')).toBe(`Session ${sessionId} has no name now.\n`);
    expect((await asked('sessions'))[0].name).toBeNull();
  });

  it('refuses invalid names, and arguments that it would not use', async () => {
    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await demo.sandbox.run(['sessions', ...args]);
      return [exitCode, stderr.toString()];
    };
    expect(await refused('name')).toEqual([2, expect.stringContaining('Missing session')]);
    expect(await refused('list', 'last')).toEqual([2, expect.stringContaining('sessions name <session|last> <name>')]);
    expect(await refused('name', 'last', 'x'.repeat(61))).toEqual([1, expect.stringContaining('60 characters')]);
  });

  it('keeps the name when the new one is an empty text, such as a variable that was not set', async () => {
    await printed('sessions', 'name', 'last', 'kept');
    for (const empty of ['', '  ']) {
      const { exitCode, stderr } = await demo.sandbox.run(['sessions', 'name', 'last', empty]);
      expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining('it is empty')]);
    }
    expect((await asked('sessions'))[0].name).toBe('kept');
    expect(await printed('sessions', 'name', 'last')).toBe(`Session ${sessionId} has no name now.\n`);
  });
});

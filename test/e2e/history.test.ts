import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonRow } from '../../src/base/json-row.js';
import type { RequestSummary } from '../../src/model/request.js';
import { client, message } from '../support/product/client.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';
import { failFirst, overloaded, type ScriptedApi, say, startScriptedApi } from '../support/scripted-api.js';

/** Four prompts, one of them refused the first time: asked about on the command line. */
const PROMPTS = ['rename the parser', '修复解析器的错误', 'run the tests', 'rename it back'];

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;
let api: ScriptedApi;
let env: Record<string, string>;

const trace = (prompts: readonly string[]) =>
  sandbox.run(
    ['wrap', '--quiet', '--', ...client({ requests: prompts.map((prompt) => ({ body: message(prompt) })) })],
    {
      env,
    },
  );

beforeAll(async () => {
  sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
  api = await startScriptedApi({
    script: failFirst([overloaded()], ({ path }) => path.startsWith('/v1/messages'), say('Done.')),
  });
  cleanups.push(() => api.close());
  env = await sandbox.behind(api);
  expect((await trace(PROMPTS)).exitCode).toBe(0);
}, 60_000);

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function rows(...args: string[]): Promise<JsonRow<RequestSummary>[]> {
  const ended = await sandbox.run(['query', ...args, '--json']);
  expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({ exitCode: 0, notices: [] });
  return JSON.parse(ended.stdout.toString());
}

/** The numbers of the prompts, as they come. */
async function found(...args: string[]): Promise<number[]> {
  const all = await rows('--reverse');
  return (await rows(...args)).map(({ id }) => all.findIndex((row) => row.id === id));
}

describe('query', () => {
  it('finds by words of prompts, in any script, and of answers', async () => {
    expect(await found('--text', 'rename')).toEqual([3, 0]);
    expect(await found('--text', '"the parser"')).toEqual([0]);
    expect(await found('--text', '解析器')).toEqual([1]);
    expect(await found('--text', 'done')).toEqual([3, 2, 1]);
  });

  it('finds by how it ended, by cost and by time, and sorts', async () => {
    expect(await found('--status', '5xx')).toEqual([0]);
    expect(await found('--status', 'error', '--since', 'yesterday')).toEqual([0]);
    expect(await found('--until', 'yesterday')).toEqual([]);
    const byCost = await rows('--sort', 'cost');
    const costs = byCost.map((row) => row.cost_usd ?? Number.NaN);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(byCost).toHaveLength(3);
    expect((await rows('--min-cost', String(costs[0]))).map(({ id }) => id)).toContain(byCost[0]?.id);
    expect(await found('--min-cost', '1000')).toEqual([]);
  });

  it('takes the last of an option that is given twice', async () => {
    expect(await found('--text', 'nothing', '--text', 'parser', '--sort', 'cost', '--sort', 'time')).toEqual([0]);
  });

  it('goes on after a row, however many have come since', async () => {
    const [first, second] = await rows('--limit', '2');
    expect(await found('--after', second?.id ?? '', '--limit', '1')).toEqual([1]);
    expect(await found('--after', first?.id ?? '', '--reverse')).toEqual([]);
  });

  it('says that there are more rows on every page but the last', async () => {
    const tail = async (...args: string[]) =>
      (await sandbox.run(['query', ...args])).stdout.toString().trimEnd().split('\n').at(-1);
    const [first, second] = await rows('--limit', '2');
    expect(await tail('--limit', '2')).toBe('2 of 4; --limit and --after show more.');
    expect(await tail('--limit', '2', '--after', first?.id ?? '')).toBe('2 of 4; --limit and --after show more.');
    expect(await tail('--limit', '2', '--after', second?.id ?? '')).not.toContain('show more');
    expect(await tail('--limit', '2', '--offset', '2')).not.toContain('show more');
  });

  it.each([
    [['--text', '***'], 2, 'Invalid text: "***" contains no letter or digit to search for.'],
    [['--after', 'req_nothing'], 1, 'No request with the id "req_nothing".'],
    [['--text', 'x'.repeat(501)], 2, 'Invalid text: use at most 500 characters.'],
    [['--after', ''], 2, '--after is empty: give a value, or leave it out.'],
    [['--source', ''], 2, '--source is empty: give a value, or leave it out.'],
    [['--min-rating', '2'], 2, '--min-rating: give a number from -1 to 1.'],
    [['--watch', '--json'], 2, '--json is one document and would never end: use --ndjson with --watch.'],
    [['--offset', '1', '--after', 'last'], 2, 'Give only one of --offset and --after.'],
  ])('%j is refused with what is wrong', async (args, exitCode, notice) => {
    const ended = await sandbox.run(['query', ...args]);
    expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({ exitCode, notices: [notice] });
  });

  it('--watch tells each request once, as it ends, while another process traces', async () => {
    const watching = sandbox.start(['query', '--watch', '--ndjson', '--limit', '1']);
    const [last] = await rows('--limit', '1');
    await watching.says(`${last?.id}`);
    expect((await trace(['watch me', 'and me'])).exitCode).toBe(0);
    const [second, first] = await rows('--limit', '2');
    await watching.says(`${second?.id}`);
    watching.process.kill('SIGTERM');
    const { stdout } = await watching.ended;
    const told = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(told).toEqual([last?.id, first?.id, second?.id]);
  });

  it('--watch ends without an error at the next request after its reader left', async () => {
    const watching = sandbox.start(['query', '--watch', '--ndjson', '--limit', '1']);
    await watching.says('"id"');
    watching.process.stdout.destroy();
    expect((await trace(['nobody reads this'])).exitCode).toBe(0);
    expect(await watching.ended).toMatchObject({ exitCode: 0, signal: null });
  });
});

describe('rate', () => {
  const rate = (...args: string[]) => sandbox.run(['rate', ...args]);

  it('takes +, - and numbers, changes, comments, and takes back', async () => {
    const [last] = await rows('--limit', '1');
    for (const [given, rating] of [
      ['+', 1],
      ['-', -1],
      ['-0.5', -0.5],
      ['.25', 0.25],
    ] as const) {
      const ended = await rate('last', given, '--json');
      expect(JSON.parse(ended.stdout.toString())).toMatchObject({ request_id: last?.id, rating });
      expect((await rows('--rated')).map((row) => [row.id, row.rating])).toEqual([[last?.id, rating]]);
    }
    expect((await rate('last', '--comment', 'why')).stdout.toString()).toMatch(
      /^Rated \+0\.25: req_\w+ "why"\. It counts for \d+ source/,
    );
    expect((await rate('last', '--remove')).stdout.toString()).toMatch(
      /^Removed the rating \+0\.25 of req_\w+ "why"\./,
    );
    expect(await rows('--rated')).toEqual([]);
  });

  it('of a request that was refused is allowed, and says so', async () => {
    const [refused] = await rows('--status', '529');
    const { stdout } = await rate(refused?.id ?? '', '-');
    expect(stdout.toString()).toContain('That request failed (overloaded_error');
    await rate(refused?.id ?? '', '--remove');
  });

  it.each([
    [['last'], 2, 'Missing rating: use +, - or a number from -1 to 1.'],
    [['last', '1.5'], 2, '"1.5" is not a rating: give +, - or a number from -1 to 1.'],
    [['last', ''], 2, '"" is not a rating: give +, - or a number from -1 to 1.'],
    [['last', '+', '--remove'], 2, '--remove removes the whole rating: give no rating and no --comment with it.'],
    [['req_zz', '+'], 1, 'No request with the id "req_zz".'],
  ])('%j is refused with what is wrong', async (args, exitCode, notice) => {
    const ended = await rate(...args);
    expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({ exitCode, notices: [notice] });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, openStore, type Reader, STATS_KEYS } from '../../src/store/index.js';
import { readHead } from '../../src/tui/panel/data/read-head.js';
import { served } from '../api/support/served.js';
import { makeHistory } from '../support/history/history.js';
import { loadHistory } from '../support/history/load.js';
import { newSandbox, type Sandbox } from '../support/product.js';

/** More than a page of any interface has. Each takes 5 ms to make and to store. */
const REQUESTS = 2_500;

/** What every interface must agree on. */
interface Totals {
  requests: number;
  input: number;
  output: number;
  cost: number;
}

/** A row of JSON output with these figures, under the names that the interface has for them. */
type Row = Record<string, number | null>;

const cleanups: (() => void | Promise<void>)[] = [];
const whenDone = (cleanup: () => void | Promise<void>) => void cleanups.push(cleanup);
let sandbox: Sandbox;
let reader: Reader;
let expected: Totals;
/** Of the input only: sources have no share of answers. */
let inputCost: number;

/** Sums of the same dollars in different orders differ in their last digits. */
const close = (totals: Totals) => ({ ...totals, cost: expect.closeTo(totals.cost, 6) });
const sum = (values: readonly (number | null | undefined)[]) =>
  values.reduce<number>((all, each) => all + (each ?? 0), 0);

function totalsOf(rows: readonly Row[], names: Record<keyof Totals, string>): Totals {
  const figure = (name: keyof Totals) => sum(rows.map((row) => row[names[name]]));
  return { requests: figure('requests'), input: figure('input'), output: figure('output'), cost: figure('cost') };
}

const OF_ROWS = { requests: 'requests', input: 'input_tokens', output: 'output_tokens', cost: 'cost_usd' };

async function printed(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.run(args);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}
const asked = async (...args: string[]) => JSON.parse(await printed(...args, '--json'));

beforeAll(async () => {
  sandbox = await newSandbox(whenDone);
  const store = openStore(sandbox.database);
  loadHistory(store, makeHistory({ seed: 1, requests: REQUESTS, days: 31, scale: 0.01 }), { batch: 500 });
  store.close();
  reader = openReader(sandbox.database);
  whenDone(() => reader.close());
  // The plain sum over all stored requests, of what was billed.
  const rows = reader.page({}, { limit: 2 * REQUESTS });
  const billed = rows.filter(({ tokens }) => tokens.known === 'exact');
  expected = {
    requests: rows.length,
    input: sum(billed.map(({ tokens }) => tokens.input)),
    output: sum(billed.map(({ tokens }) => tokens.output)),
    cost: sum(rows.map(({ costUsd }) => costUsd)),
  };
  inputCost = sum(billed.flatMap(({ sources }) => sources.map(({ costUsd }) => costUsd)));
}, 600_000);

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

it('the history has thousands of requests of all kinds', () => {
  expect(expected.requests).toBeGreaterThan(0.95 * REQUESTS);
  expect(reader.count({ kind: 'all' })).toBe(REQUESTS);
  expect(expected.cost).toBeGreaterThan(1);
});

describe('stats', () => {
  it.each(STATS_KEYS)('--by %s has the same total, and rows that sum up to it or say what they count', async (by) => {
    const { total, rows } = await asked('stats', '--by', by);
    expect(totalsOf([total], OF_ROWS)).toEqual(close(expected));
    if (by === 'source' || by === 'group') {
      expect(sum(rows.map((row: Row) => row.input_tokens))).toBe(expected.input);
      expect(sum(rows.map((row: Row) => row.cost_usd))).toBeCloseTo(inputCost, 6);
      expect((await printed('stats', '--by', by)).replace(/\s+/g, ' ')).toContain(
        'has its share of the input; the cost of answers is only in the total.',
      );
    } else if (by === 'mcp-tool') {
      const { rows: groups } = await asked('stats', '--by', 'group');
      const mcp = groups.find(({ key }: { key: string }) => key === 'mcp');
      expect(sum(rows.map((row: Row) => row.input_tokens))).toBeLessThanOrEqual(mcp.input_tokens);
      expect((await printed('stats', '--by', by)).replace(/\s+/g, ' ')).toContain(
        'TOKENS and COST of a tool are those of its definition.',
      );
    } else expect(totalsOf(rows, OF_ROWS)).toEqual(close(expected));
  });

  it('--project sums up over all projects', async () => {
    const { rows } = await asked('stats', '--by', 'project');
    const ofEach = await Promise.all(
      rows.map(async ({ key }: { key: string }) => (await asked('stats', '--project', key, '--by', 'model')).total),
    );
    expect(totalsOf(ofEach, OF_ROWS)).toEqual(close(expected));
  });
});

it('sessions sum up to it, and so do the heads of the panel', async () => {
  const rows: (Row & { id: unknown })[] = await asked('sessions', '--limit', '1000');
  expect(totalsOf(rows, OF_ROWS)).toEqual(close(expected));
  const heads = rows.map(({ id }) => readHead(reader, String(id))?.session?.costUsd ?? null);
  expect(sum(heads)).toBeCloseTo(expected.cost, 6);
});

it('query and its totals agree', async () => {
  const rows: { tokens: Row & { known: unknown }; cost_usd: number | null }[] = (
    await printed('query', '--ndjson', '--limit', String(REQUESTS))
  )
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const billed = rows.filter(({ tokens }) => String(tokens.known) === 'exact');
  expect({
    requests: rows.length,
    input: sum(billed.map(({ tokens }) => tokens.input)),
    output: sum(billed.map(({ tokens }) => tokens.output)),
    cost: sum(rows.map(({ cost_usd }) => cost_usd)),
  }).toEqual(close(expected));
  const { requests, inputTokens: input, outputTokens: output, costUsd } = reader.totals();
  expect({ requests, input, output, cost: costUsd ?? 0 }).toEqual(close(expected));
});

it('turns, and requests in no turn, sum up to it', () => {
  const turns = reader.turns({}, { limit: REQUESTS });
  const rest = reader.totals({ turnId: null });
  const all = [...turns, rest].map(({ requests, inputTokens, outputTokens, costUsd }) => ({
    requests,
    inputTokens,
    outputTokens,
    costUsd,
  }));
  const names = { requests: 'requests', input: 'inputTokens', output: 'outputTokens', cost: 'costUsd' };
  expect(totalsOf(all, names)).toEqual(close(expected));
  expect(rest.requests).toBeLessThan(expected.requests / 100);
});

it('suggest counts billed requests and their input, and says how many it leaves out', async () => {
  const { requests, unbilled_requests: unbilled, input_tokens, input_cost_usd, sources } = await asked('suggest');
  expect({ requests: requests + unbilled, input_tokens }).toEqual({
    requests: expected.requests,
    input_tokens: expected.input,
  });
  expect(input_cost_usd).toBeCloseTo(inputCost, 6);
  expect(sum(sources.map((source: Row) => source.tokens))).toBe(expected.input);
  expect(await printed('suggest')).toContain(`${unbilled} requests without a bill left out.`);
});

it('show has the figures of query, and its groups and sources sum up to them', async () => {
  const rows = reader.page({ status: '200' }, { limit: 3, offset: 1_000 });
  for (const row of rows) {
    const { tokens, cost_usd, sources, groups } = await asked('show', row.id);
    expect([tokens.input, tokens.output, cost_usd]).toEqual([row.tokens.input, row.tokens.output, row.costUsd]);
    expect(sum(sources.map((source: Row) => source.tokens))).toBe(row.tokens.input);
    expect(sum(groups.map((group: Row) => group.tokens))).toBe(row.tokens.input);
    expect(sum(groups.map((group: Row) => group.cost_usd))).toBeCloseTo(
      sum(sources.map((each: Row) => each.cost_usd)),
      9,
    );
  }
});

it('the API agrees', async () => {
  const { ask } = await served({ database: sandbox.database }, whenDone);
  const get = async <Body>(path: string) => (await ask(`/api/claude/${path}`)).json as Body;
  type Rows = Record<'metrics' | 'buckets', Row[] | undefined>;
  const names = {
    requests: 'total_requests',
    input: 'total_tokens_sent',
    output: 'total_tokens_received',
    cost: 'cost_usd',
  };
  expect(totalsOf([await get<Row>('metrics/summary')], names)).toEqual(close(expected));
  for (const path of ['metrics/models', 'metrics/history?bucket=day', 'metrics/history?bucket=month']) {
    const { metrics, buckets } = await get<Rows>(path);
    expect(totalsOf(metrics ?? buckets ?? [], names)).toEqual(close(expected));
  }
  for (const path of ['metrics/sources', 'metrics/groups']) {
    const rows = (await get<Rows>(path)).metrics ?? [];
    expect(sum(rows.map((row) => row.total_tokens))).toBe(expected.input);
    expect(sum(rows.map((row) => row.cost_usd))).toBeCloseTo(inputCost, 6);
  }
  expect(await get('requests?limit=1')).toMatchObject({ total: expected.requests });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonRow, toJsonRow } from '../../src/base/json-row.js';
import { requestSpan } from '../../src/export/spans/request-span.js';
import { isFailed } from '../../src/model/exchange.js';
import type { RequestSummary } from '../../src/model/request.js';
import { openReader } from '../../src/store/index.js';
import { formatCost, formatOutput } from '../../src/text/request-figures.js';
import { formatDollars, formatTokens } from '../../src/text/units.js';
import { requestColumns } from '../../src/tui/panel/lines/request-columns.js';
import { sessionColumns } from '../../src/tui/panel/lines/session-columns.js';
import { served } from '../api/support/served.js';
import { client, message } from '../support/product/client.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';
import { answerRaw, type RawAnswer, rawAnswers, startScriptedApi } from '../support/scripted-api.js';

const MODEL = 'claude-opus-5-5';
const SESSION = 'f0b1c2d3-0000-4000-8000-000000000009';
const ANSWERS = rawAnswers(MODEL);
const NAMES = Object.keys(ANSWERS);
const NO_ANSWER: RawAnswer = { wire: Buffer.alloc(0), state: 'failed', output: 'unknown' };

/** Each answer once, through the whole product; then what every place says of them. */
describe('of answers that end in every way', () => {
  const cleanups: (() => void | Promise<void>)[] = [];
  const whenDone = (cleanup: () => void | Promise<void>) => void cleanups.unshift(cleanup);
  let sandbox: Sandbox;
  let summary = '';
  let rows: Map<string, RequestSummary>;

  beforeAll(async () => {
    sandbox = await newSandbox(whenDone as Parameters<typeof newSandbox>[0]);
    const api = await startScriptedApi({ script: answerRaw({ ...ANSWERS, counted: ANSWERS.wholeJson ?? NO_ANSWER }) });
    whenDone(() => api.close());
    const requests = NAMES.map((name) => {
      const { stopAfter } = ANSWERS[name] ?? {};
      const headers = { 'x-claude-code-session-id': SESSION };
      const body = message(name, { model: MODEL });
      return { headers, body, newConnection: true, ...(stopAfter && { stopAfter }) };
    });
    // Asked on the side: it costs nothing, and is in no total.
    const counted = { body: message('counted'), newConnection: true, path: '/v1/messages/count_tokens' };
    const ended = await sandbox.run(['wrap', '--', ...client({ requests: [...requests, counted] })], {
      env: await sandbox.behind(api),
    });
    summary = notices(ended).at(-1) ?? '';
    const stored = sandbox.stored().filter(({ row }) => row.kind === 'messages');
    rows = new Map(stored.map(({ row, requestBody }) => [JSON.parse(`${requestBody}`).messages[0].content, row]));
  }, 120_000);

  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  const json = async (...args: string[]) => JSON.parse((await sandbox.run(args)).stdout.toString());
  const all = () => [...rows.values()];
  const failed = () => all().filter(({ state }) => isFailed(state));
  const billed = () => all().filter(({ tokens }) => tokens.known === 'exact');
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, each) => total + (each ?? 0), 0);

  it.each(NAMES)('%s is stored with its end, and its output as it is known', (name) => {
    const row = rows.get(name);
    const { state, output } = ANSWERS[name] ?? {};
    expect({ state: row?.state, output: row?.tokens.outputKnown }).toEqual({ state, output });
    expect(row?.error === null).toBe(state === 'complete');
  });

  it('an output is estimated from what had come of the answer', () => {
    // 400 times "word number 123 of a long answer; ": some nine tokens each.
    for (const name of ['stoppedByClient', 'endsWithoutStop', 'resetInside', 'closedInside']) {
      const { tokens, costUsd } = rows.get(name) ?? {};
      expect(tokens?.output).toBeGreaterThan(2500);
      expect(tokens?.output).toBeLessThan(5000);
      expect(costUsd).toBeCloseTo((1000 * 4 + (tokens?.output ?? 0) * 20) / 1e6, 9);
    }
    expect(rows.get('endsAfterItsBill')?.tokens.output).toBe(80);
    expect(rows.get('mislabelled')?.tokens).toMatchObject({ output: 300, outputKnown: 'exact' });
  });

  it('a bill with more than tokens in it is priced whole, or says what is missing', async () => {
    expect(rows.get('advisor')).toMatchObject({
      costUsd: 0.464068,
      unpriced: [],
      tokens: { input: 412, output: 531 },
    });
    expect(rows.get('usOnly')).toMatchObject({ costUsd: 0.462, unpriced: [] });
    expect(rows.get('priority')).toMatchObject({ costUsd: null, unpriced: ['service_tier: priority'] });
    const usOnly = await json('show', rows.get('usOnly')?.id ?? '', '--json');
    expect(usOnly.response).toMatchObject({
      priced_as: MODEL,
      billing_terms: { inference_geo: 'us' },
      input_cost_usd: 0.44,
    });
    expect(sum(usOnly.segments.map((segment: { cost_usd: number }) => segment.cost_usd))).toBeCloseTo(0.44, 8);
    const shown = (await sandbox.run(['show', rows.get('advisor')?.id ?? ''])).stdout.toString();
    expect(shown).toContain('advisor_message by claude-opus-4-6: 82.3k in, 1.6k out');
    const named = (await sandbox.run(['show', rows.get('priority')?.id ?? ''])).stdout.toString();
    expect(named).toContain('not known, without service_tier: priority');
  });

  it('statistics, sessions, the API and the summary have the same totals', async () => {
    const figures = {
      requests: NAMES.length,
      failed_requests: failed().length,
      aborted_requests: 2,
      estimated_requests: billed().filter(({ tokens }) => tokens.outputKnown !== 'exact').length,
      input_tokens: sum(billed().map(({ tokens }) => tokens.input)),
      output_tokens: sum(billed().map(({ tokens }) => tokens.output)),
      cost_usd: Math.round(sum(billed().map(({ costUsd }) => costUsd)) * 1e9) / 1e9,
    };
    expect(figures.failed_requests).toBe(17);
    for (const by of ['model', 'session', 'day', 'source']) {
      const stats = await json('stats', '--by', by, '--json');
      expect(stats.total).toMatchObject(figures);
      if (by !== 'source') expect(stats.rows).toMatchObject([figures]);
    }
    expect(await json('sessions', '--json')).toMatchObject([figures]);

    const { ask } = await served({ database: sandbox.database }, whenDone);
    const { json: metrics } = await ask('/api/claude/metrics/summary');
    expect(metrics).toMatchObject({
      total_requests: figures.requests,
      failed_requests: figures.failed_requests,
      aborted_requests: figures.aborted_requests,
      estimated_requests: figures.estimated_requests,
      total_tokens_sent: figures.input_tokens,
      total_tokens_received: figures.output_tokens,
      cost_usd: figures.cost_usd,
    });
    expect((await ask(`/api/claude/sessions/${SESSION}`)).json).toMatchObject(figures);

    expect(summary).toContain(`${figures.requests} requests (${figures.failed_requests} failed, 2 aborted), `);
    expect(summary).toContain(`${formatTokens(figures.input_tokens)} tokens in`);
    expect(summary).toContain(`~${formatTokens(figures.output_tokens)} out, ~${formatDollars(figures.cost_usd)}`);
  });

  it('whoever asks for failed requests gets the same ones', async () => {
    const ids = failed()
      .map(({ id }) => id)
      .sort();
    const idsOf = (found: { id: string }[]) => found.map(({ id }) => id).sort();
    expect(idsOf(await json('query', '--status', 'error', '--json', '--limit', '100'))).toEqual(ids);
    const { ask } = await served({ database: sandbox.database }, whenDone);
    const { json: answer } = await ask('/api/claude/requests?status=error&limit=100');
    expect(idsOf((answer as { requests: { id: string }[] }).requests)).toEqual(ids);
    const reader = openReader(sandbox.database);
    expect(idsOf(reader.page({ status: 'error' }, { limit: 100 }))).toEqual(ids);
    reader.close();
    const spans = all().filter((row) => requestSpan({ row, body: null, message: null }, false).failure !== null);
    expect(idsOf(spans)).toEqual(ids);
  });

  it.each(['aborted', 'cut_off', 'failed', 'complete'])('--status %s finds those that ended so', async (state) => {
    const found: JsonRow<RequestSummary>[] = await json('query', '--status', state, '--json', '--limit', '100');
    const wanted = all().filter((row) => row.state === state);
    expect(found.map(({ id }) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
    expect(wanted.length).toBeGreaterThan(0);
  });

  it('every export tells the end, and how the output is known', async () => {
    const told = (row: JsonRow<RequestSummary>) => [row.id, row.state, row.tokens.output_known];
    const wanted = toJsonRow(all()).map(told).sort();
    const lines = (await sandbox.run(['export', '--format', 'jsonl'])).stdout.toString().trim().split('\n');
    expect(lines.map((line) => told(JSON.parse(line))).sort()).toEqual(wanted);
    const har = await json('export', '--format', 'har');
    const entries: { _id: string; _state: string; _tokens: JsonRow<RequestSummary['tokens']> }[] = har.log.entries;
    expect(entries.map((entry) => [entry._id, entry._state, entry._tokens.output_known]).sort()).toEqual(wanted);
    const [heading = '', ...csv] = (await sandbox.run(['export', '--format', 'csv'])).stdout
      .toString()
      .trim()
      .split('\r\n');
    const columns = ['id', 'state', 'output_known'].map((name) => heading.split(',').indexOf(name));
    expect(csv.map((line) => columns.map((column) => line.split(',')[column])).sort()).toEqual(wanted);
    for (const row of all()) {
      const { attributes } = requestSpan({ row, body: null, message: null }, false);
      expect(attributes).toMatchObject({
        'claude_trace.state': row.state,
        'claude_trace.tokens.output_known': row.tokens.outputKnown,
      });
      const exact = row.tokens.known === 'exact' && row.tokens.outputKnown === 'exact';
      expect('gen_ai.usage.output_tokens' in attributes).toBe(exact);
    }
  });

  it('tables and the panel mark estimates', async () => {
    const row = rows.get('stoppedByClient');
    if (row === undefined) throw new Error('not stored');
    expect(formatOutput(row.tokens)).toMatch(/^~[34]\.\dk$/);
    expect(formatCost(row)).toMatch(/^~\$0\.0/);
    const table = (await sandbox.run(['query', '--status', 'aborted'])).stdout.toString();
    expect(table).toContain(formatOutput(row.tokens));
    expect(table).toContain(formatCost(row));
    const shown = (await sandbox.run(['show', row.id])).stdout.toString();
    expect(shown).toMatch(/output +~[34]\.\dk tokens, estimated from its text/);
    const cells = requestColumns({ now: new Date(), isToday: true, growing: () => null }).map(({ cell }) => cell(row));
    expect(cells).toEqual(expect.arrayContaining([formatOutput(row.tokens), formatCost(row), 'abort']));
    const reader = openReader(sandbox.database);
    const session = reader.session(SESSION);
    reader.close();
    expect(sessionColumns(new Date(), (id) => id, 120).map(({ cell }) => cell(session))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^~\$/), `~${formatTokens(session.outputTokens)}`, '17']),
    );
    const stats = (await sandbox.run(['stats', '--by', 'model'])).stdout.toString();
    expect(stats).toMatch(/\d+ without a final bill/);
    expect((await sandbox.run(['sessions'])).stdout.toString()).toMatch(/~\d.*~\$/);
  });

  it('dollars end at billionths, wherever a program reads them', async () => {
    const { ask } = await served({ database: sandbox.database }, whenDone);
    const printed = async (...args: string[]) => (await sandbox.run(args)).stdout.toString();
    const id = rows.get('whole')?.id ?? '';
    const texts = await Promise.all([
      printed('query', '--json', '--limit', '100'),
      printed('query', '--ndjson', '--limit', '100'),
      printed('show', id, '--json', '--segments'),
      printed('diff', id, rows.get('mislabelled')?.id ?? '', '--json'),
      ...['source', 'model', 'session', 'day'].map((by) => printed('stats', '--by', by, '--json')),
      printed('sessions', '--json'),
      printed('suggest', '--json'),
      printed('export', '--format', 'jsonl', '--bodies'),
      printed('export', '--format', 'har'),
      ...[
        'requests?limit=100',
        `requests/${id}`,
        `requests/${id}/segments`,
        `responses/${id}`,
        'contexts?limit=100',
        'metrics/sources',
        'metrics/summary',
        'metrics/models',
        'metrics/history',
        'sessions',
      ].map(async (path) => (await ask(`/api/claude/${path}`)).text),
    ]);
    const dollars = texts.map((text) =>
      [...text.matchAll(/"_?(?!value_per)\w*_usd": ?(-?[\d.e+-]+)/g)].map(([, figure]) => Number(figure)),
    );
    expect(dollars.map((found) => found.length > 0)).toEqual(texts.map(() => true));
    expect(dollars.flat().filter((each) => each !== Math.round(each * 1e9) / 1e9)).toEqual([]);
    for (const args of [
      ['query', '--csv', '--limit', '100'],
      ['stats', '--csv'],
      ['export', '--format', 'csv'],
    ]) {
      const [heading = '', ...lines] = (await printed(...args)).trim().split('\r\n');
      const names = heading.split(',');
      // A field with a comma is quoted, and stands behind the costs.
      const costs = lines.map((line) => Number(line.split(',')[names.indexOf('cost_usd')]));
      expect(costs.some((each) => each > 0)).toBe(true);
      expect(costs.filter((each) => each !== Math.round(each * 1e9) / 1e9)).toEqual([]);
    }
  });

  it('attributing again finds the same ends and the same figures', async () => {
    const before = await json('query', '--json', '--limit', '100');
    const again = await json('reattribute', '--all', '--json');
    expect(again).toMatchObject({ failed: 0, left_alone: 0 });
    expect(await json('query', '--json', '--limit', '100')).toEqual(before);
  });
});

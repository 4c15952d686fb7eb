import { expect, it } from 'vitest';
import { openReader } from '../../src/store/index.js';
import { sending, served } from './support/served.js';

/** All that aggregates say, as the API and as the store tell it. */
async function told(server: Awaited<ReturnType<typeof served>>) {
  const paths = ['sources', 'summary', 'models', 'history', 'history?source_name=s*'];
  const answers = await Promise.all(paths.map((path) => server.ask(`/api/claude/metrics/${path}`)));
  const reader = openReader(server.file);
  const stats = (['source', 'model', 'session', 'day'] as const).map((by) => reader.stats({}, { by }));
  reader.close();
  return { answers: answers.map(({ json }) => json), stats, sessions: (await server.ask('/api/claude/sessions')).json };
}

it('the next read includes a rating in the aggregates; PUT changes them, DELETE restores them exactly', async () => {
  const server = await served();
  const exchange = server.exchanges.find(
    ({ request, response, rating }) => request.kind === 'messages' && response?.usage && rating === null,
  );
  const before = await told(server);
  const sourceOf = async () => {
    const { json } = await server.ask('/api/claude/metrics/sources?source_name=serena');
    return (json as { metrics: { feedback_count: number; average_rating: number }[] }).metrics[0];
  };
  const unrated = await sourceOf();
  const given = await server.ask(
    '/api/claude/feedback',
    sending('POST', { request_id: exchange?.request.id, rating: 1 }),
  );
  expect(given).toMatchObject({ status: 201, json: { affected_sources: expect.arrayContaining(['mcp:serena']) } });
  const { id } = given.json as { id: string };

  const rated = await sourceOf();
  const [count = 0, sum = 0] = [
    unrated?.feedback_count,
    (unrated?.average_rating ?? 0) * (unrated?.feedback_count ?? 0),
  ];
  expect(rated?.feedback_count).toBe(count + 1);
  expect(rated?.average_rating).toBeCloseTo((sum + 1) / (count + 1), 9);

  await server.ask(`/api/claude/feedback/${id}`, sending('PUT', { rating: -0.5 }));
  const changed = await sourceOf();
  expect(changed?.feedback_count).toBe(count + 1);
  expect(changed?.average_rating).toBeCloseTo((sum - 0.5) / (count + 1), 9);
  expect(await told(server)).not.toEqual(before);

  await server.ask(`/api/claude/feedback/${id}`, { method: 'DELETE' });
  expect(await told(server)).toEqual(before);
});

it('the next read includes a rating by another process', async () => {
  const server = await served();
  const other = await served({ database: server.file });
  const path = '/api/claude/metrics/summary';
  const before = (await server.ask(path)).json as { feedback_count: number };
  const request = server.exchanges.find(
    ({ request, response, rating }) => request.kind === 'messages' && response && rating === null,
  );
  await other.ask('/api/claude/feedback', sending('POST', { request_id: request?.request.id, rating: 1 }));
  expect((await server.ask(path)).json).toMatchObject({ feedback_count: before.feedback_count + 1 });
});

it('restores them to the last bit, also where binary sums of decimals are inexact', async () => {
  const server = await served();
  const rateable = server.exchanges.filter(
    ({ request, response, rating }) => request.kind === 'messages' && response?.usage && rating === null,
  );
  const [last, ...others] = rateable.map(({ request }) => request.id);
  for (const [at, request_id] of others.entries()) {
    await server.ask('/api/claude/feedback', sending('POST', { request_id, rating: [0.1, 0.2, -0.7, 1 / 3][at % 4] }));
  }
  const before = await told(server);
  for (const rating of [0.1, 0.3, -0.9, 2 / 3]) {
    const { json } = await server.ask('/api/claude/feedback', sending('POST', { request_id: last, rating }));
    const { id } = json as { id: string };
    for (const changed of [0.7, -0.1, 1 / 7]) {
      await server.ask(`/api/claude/feedback/${id}`, sending('PUT', { rating: changed }));
    }
    await server.ask(`/api/claude/feedback/${id}`, { method: 'DELETE' });
    expect(await told(server)).toEqual(before);
  }
});

it('takes the id of a feedback by its beginning, and as last', async () => {
  const server = await served();
  const exchange = server.exchanges.find(({ request, rating }) => request.kind === 'messages' && rating === null);
  const body = { request_id: exchange?.request.id, rating: 1 };
  const { id } = (await server.ask('/api/claude/feedback', sending('POST', body))).json as { id: string };
  const path = '/api/claude/feedback';
  for (const given of [id.slice(0, -1), id.slice(3, -1), 'last']) {
    expect((await server.ask(`${path}/${given}`)).json).toMatchObject({ id });
  }
  expect(await server.ask(`${path}/last`, sending('PUT', { rating: 0.5 }))).toMatchObject({
    json: { id, rating: 0.5 },
  });
  expect((await server.ask(`${path}/fb_`)).status).toBe(404);
  expect((await server.ask(`${path}/${exchange?.request.id}`)).status).toBe(404);
  expect((await server.ask(`${path}/${id.slice(0, -1)}`, { method: 'DELETE' })).status).toBe(204);
  expect((await server.ask(`${path}/${id}`)).status).toBe(404);
});

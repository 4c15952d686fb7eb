import { expect, it } from 'vitest';
import { createMetrics } from '../../../src/gateway/telemetry/metrics.js';
import { freePort } from '../../support/loopback.js';
import { answerEmpty, post, scriptedUpstream } from '../support/raw-http.js';
import { runningGateway } from '../support/running-gateway.js';

const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const retries = { backoff: '1ms' };

async function deadUpstream(name: string) {
  return { name, url: `http://127.0.0.1:${await freePort()}/mcp` };
}

it('a repeated request is reported as one of the upstream that answered, and its failed attempts as errors of theirs', async () => {
  const alive = await scriptedUpstream(answerEmpty);
  const upstreams = [await deadUpstream('dead'), { name: 'alive', url: alive.url }];
  const metrics = createMetrics();
  const running = await runningGateway({ routes: { a: { upstreams, retries } } }, {}, { report: metrics.report });
  for (let time = 0; time < 4; time++) expect((await post(running.url('a'), LIST)).status).toBe(200);

  const ended = running.factsOf('request_ended');
  expect(ended.map(({ upstream }) => upstream)).toEqual(['alive', 'alive', 'alive', 'alive']);
  const errors = running.factsOf('upstream_error');
  expect(errors.map(({ upstream, kind, request }) => [upstream, kind, request])).toEqual([
    ['dead', 'refused', ended[0]?.request],
    ['dead', 'refused', ended[2]?.request],
  ]);
  const answered = running.factsOf('upstream_answered');
  expect(answered.map(({ upstream, status }) => [upstream, status])).toEqual([
    ['dead', null],
    ['alive', 200],
    ['alive', 200],
    ['dead', null],
    ['alive', 200],
    ['alive', 200],
  ]);
  expect(new Set(answered.map(({ spanId }) => spanId)).size).toBe(6);
  expect(answered.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  expect(await metrics.text()).toContain('upstream_errors_total{route="a",upstream="dead",kind="refused"} 2');
});

it('an answer that only asks for patience counts for the upstream that gave it', async () => {
  const busy = await scriptedUpstream((response) => response.writeHead(503).end());
  const alive = await scriptedUpstream(answerEmpty);
  const upstreams = [
    { name: 'busy', url: busy.url },
    { name: 'alive', url: alive.url },
  ];
  const running = await runningGateway({ routes: { a: { upstreams, retries } } });
  expect((await post(running.url('a'), LIST)).status).toBe(200);
  const answered = running.factsOf('upstream_answered').map(({ upstream, status }) => [upstream, status]);
  expect(answered).toEqual([
    ['busy', 503],
    ['alive', 200],
  ]);
  expect(running.factsOf('upstream_error')).toEqual([]);
});

it('a request that nobody answers has an error of each upstream that was asked', async () => {
  const upstreams = [await deadUpstream('one'), await deadUpstream('two')];
  const running = await runningGateway({ routes: { a: { upstreams, retries: { ...retries, max: 1 } } } });
  expect((await post(running.url('a'), LIST)).status).toBe(502);
  expect(running.factsOf('upstream_error').map(({ upstream }) => upstream)).toEqual(['one', 'two']);
  expect(running.factsOf('upstream_answered').map(({ upstream }) => upstream)).toEqual(['one', 'two']);
  expect(running.factsOf('request_ended')).toMatchObject([{ upstream: 'two' }]);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseRecord } from '../../../src/base/json.js';
import { planStoredMeasurements } from '../../../src/history/measurement-plan.js';
import { segmentsOf } from '../../../src/history/segments.js';
import type { RequestId } from '../../../src/model/ids.js';
import { type MeasureOptions, measuredRequests, measureStored } from '../../../src/runtime/measure/measure-stored.js';
import { errorReply, jsonReply, type Reply } from '../../../src/scripted/reply.js';
import { openReader } from '../../../src/store/index.js';
import { startedStore } from '../../store/support/started-store.js';
import { fakeKey } from '../../support/fake-key.js';
import { storeTruthSession } from '../../support/history/truth-session.js';
import { type ReceivedRequest, startScriptedApi } from '../../support/scripted-api.js';
import { compare } from '../../support/truth/compare.js';
import { HARSH } from '../../support/truth/rates.js';
import { createBiller } from '../../support/truth/truth.js';

const KEY = fakeKey('user');

/** A stored session, and an API that counts with the tokenizer that billed it. */
async function measurable({
  turns = 8,
  answer,
}: {
  turns?: number;
  answer?: (request: ReceivedRequest, n: number) => Reply | null;
} = {}) {
  const biller = createBiller(HARSH);
  const { file, store, run } = startedStore();
  const steps = storeTruthSession(store, run, { seed: 3, biller, turns, counts: false, clears: false });
  store.close();
  const asked: ReceivedRequest[] = [];
  const api = await startScriptedApi({
    script(request) {
      const n = asked.push(request);
      const body = parseRecord(request.body.toString()) ?? {};
      return answer?.(request, n) ?? jsonReply(200, { input_tokens: biller.meter.countInput(body) });
    },
  });
  onTestFinished(api.close);
  const sessionId = steps[0]?.step.exchange.sessionId ?? '';
  const measure = async (
    request: string | null = null,
    signal = new AbortController().signal,
    onProgress: MeasureOptions['onProgress'] = () => {},
  ) => {
    const reader = openReader(file);
    try {
      return await measureStored(
        { sessionId, request: request as RequestId | null },
        {
          reader,
          database: file,
          access: { key: KEY, url: new URL(api.url) },
          env: {},
          prices: {},
          signal,
          onProgress,
          onFailure: (error) => expect.fail(String(error)),
        },
      );
    } finally {
      reader.close();
    }
  };
  return { file, biller, steps, asked, measure, sessionId };
}

async function left(file: string, sessionId: string): Promise<number> {
  const reader = openReader(file);
  const { counts } = await planStoredMeasurements(reader, measuredRequests(reader, { sessionId, request: null }));
  reader.close();
  return counts.length;
}

describe('a measured session', () => {
  it('has every source within 1 % of the truth, in first and in later requests, everywhere the same', async () => {
    const { file, biller, steps, asked, measure } = await measurable();
    const result = await measure();
    expect(result).toMatchObject({
      stopped: null,
      refused: 0,
      counted: asked.length,
      reattributed: { contradicted: 0 },
    });
    expect(result.tokens.exactAfter / result.tokens.total).toBeGreaterThan(0.99);

    const reader = openReader(file);
    const stored = new Map(steps.map(({ step, id }) => [step, id]));
    const segments = (id: string) => segmentsOf(reader, reader.request(id), {});
    const comparisons = compare(
      steps.map(({ step }) => step),
      (step) => segments(stored.get(step) ?? '').map(({ segment, text }) => ({ ...segment, text })),
      ({ body }, all) => biller.truthOf(body, all),
    );
    expect(comparisons.length).toBeGreaterThan(200);
    expect(comparisons.filter(({ error, tokens, truth }) => error > 0.01 && Math.abs(tokens - truth) > 5)).toEqual([]);
    for (const { id } of steps) {
      const sums = new Map<string, number>();
      for (const { segment } of segments(id))
        sums.set(segment.source, (sums.get(segment.source) ?? 0) + segment.tokens);
      const shares = new Map<string, number>();
      for (const { source, tokens } of reader.shares(id)) shares.set(source, (shares.get(source) ?? 0) + tokens);
      expect(shares).toEqual(sums);
    }
    reader.close();
  });
});

it('says for how many requests the counts contradict the bills, and leaves all figures as they were', async () => {
  const { file, steps, measure } = await measurable({
    turns: 4,
    answer: ({ body }) => jsonReply(200, { input_tokens: body.length }),
  });
  const shares = () => {
    const reader = openReader(file);
    const all = steps.map(({ id }) => reader.shares(id));
    reader.close();
    return all;
  };
  const before = shares();
  const { reattributed, tokens, measured } = await measure();
  expect(measured).toBeGreaterThan(50);
  expect(reattributed.contradicted).toBe(steps.length);
  expect(tokens.exactAfter).toBe(tokens.exactBefore);
  expect(shares()).toEqual(before);
});

describe('measuring', () => {
  it('sends the key to the API only, no credentials of captured requests, and nothing a second time', async () => {
    const { asked, measure, file, sessionId } = await measurable({ turns: 2 });
    await measure();
    const first = asked.length;
    expect(first).toBeGreaterThan(20);
    for (const { method, path, headers } of asked) {
      expect([method, path]).toEqual(['POST', '/v1/messages/count_tokens']);
      expect(headers.filter(([name]) => /key|authorization|cookie/i.test(name))).toEqual([['x-api-key', KEY]]);
    }
    expect(readFileSync(file).includes(KEY)).toBe(false);
    expect(new Set(asked.map(({ sha256 }) => sha256)).size).toBe(first);
    expect(await left(file, sessionId)).toBe(0);
    expect(await measure()).toMatchObject({ counted: 0, measured: 0 });
    expect(asked).toHaveLength(first);
  });

  it('continues where it was interrupted', async () => {
    const interrupt = new AbortController();
    const { asked, measure, file, sessionId } = await measurable({
      turns: 2,
      answer: (_, n) => {
        if (n === 10) interrupt.abort();
        return null;
      },
    });
    const planned = await left(file, sessionId);
    const { stopped, counted } = await measure(null, interrupt.signal);
    expect(stopped).toBe('interrupted');
    expect(counted).toBeGreaterThan(4);
    expect(await left(file, sessionId)).toBe(planned - counted);
    expect(await measure()).toMatchObject({ stopped: null, counted: planned - counted });
    expect(asked.length).toBeLessThanOrEqual(planned + 4);
  });

  it('can be interrupted while it attributes, and attributes the session the next time', async () => {
    const interrupt = new AbortController();
    const { measure, steps } = await measurable({ turns: 2 });
    const interrupted = await measure(null, interrupt.signal, (step, done) => {
      if (step === 'attributing' && done === 2) interrupt.abort();
    });
    expect(interrupted).toMatchObject({ stopped: 'interrupted', reattributed: { attributed: 2 } });
    expect(await measure()).toMatchObject({ stopped: null, reattributed: { attributed: steps.length } });
  });

  it('measures one request, and then only the further pieces of the others', async () => {
    const { measure, steps, asked, file, sessionId } = await measurable({ turns: 4 });
    const planned = await left(file, sessionId);
    await measure(steps[1]?.id ?? '');
    expect(asked.length).toBeLessThan(planned);
    const rest = await left(file, sessionId);
    expect(rest).toBeGreaterThan(0);
    // A piece that is now the only unknown one of a bill needs no count.
    expect(asked.length + rest).toBeLessThanOrEqual(planned);
    await measure();
    expect(await left(file, sessionId)).toBe(0);
  });

  it('leaves out requests that the API refuses, and counts them', async () => {
    const { measure, asked } = await measurable({
      turns: 2,
      answer: (request) =>
        request.body.includes('"name":"Bash"') ? errorReply(400, 'invalid_request_error', `Bad: ${KEY}`) : null,
    });
    const result = await measure();
    expect(result.refused).toBeGreaterThan(0);
    expect(result.firstRefusal).toMatchObject({ code: 'refused', status: 400, reason: 'invalid_request_error' });
    expect(JSON.stringify(result.firstRefusal)).not.toContain(KEY);
    expect(result.counted).toBeGreaterThan(20);
    expect(result.counted).toBeLessThanOrEqual(asked.length - result.refused);
    expect(result.tokens.exactAfter).toBeGreaterThan(result.tokens.exactBefore);
  });
});

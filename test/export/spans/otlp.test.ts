import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSpanSender, DeliveryError } from '../../../src/export/spans/otlp.js';
import type { Span } from '../../../src/export/spans/span.js';
import { partialSuccess, startCollector } from '../support/collector.js';

const SPAN: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  name: 'chat claude-sonnet-4-5',
  kind: 'client',
  start: 1_767_225_600_123,
  end: 1_767_225_601_623.5,
  attributes: { text: 'wörds', whole: 12, part: 0.25, yes: true, texts: ['a', 'b'], numbers: [1, 2] },
  follows: '53995c3f42cd8ad8',
  failure: 'overloaded_error: Overloaded',
};

const warnings: string[] = [];

function sender(url: string, patienceMs = 10_000) {
  return createSpanSender({
    url: `${url}/v1/traces`,
    serviceName: 'claude-code',
    version: '1.2.3',
    patienceMs,
    onWarning: (text) => warnings.push(text),
  });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a collector', () => {
  it('receives what was sent', async () => {
    const collector = await startCollector();
    const { send, close } = sender(collector.url);
    await send([SPAN, { ...SPAN, kind: 'internal', parentSpanId: null, follows: null, failure: null }]);
    await close();
    expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/traces']);
    const [first, second] = collector.spans();
    expect(first).toEqual({
      traceId: SPAN.traceId,
      spanId: SPAN.spanId,
      parentSpanId: SPAN.parentSpanId,
      name: SPAN.name,
      kind: 3,
      start: SPAN.start,
      end: SPAN.end,
      attributes: SPAN.attributes,
      links: [{ traceId: SPAN.traceId, spanId: SPAN.follows }],
      status: { code: 2, message: SPAN.failure },
      resource: { 'service.name': 'claude-code' },
      scope: 'claude-trace',
    });
    expect(second).toMatchObject({ kind: 1, parentSpanId: '', links: [], status: { code: 0, message: '' } });
  });

  it('gets the headers of OTEL_EXPORTER_OTLP_HEADERS', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20zorblax');
    const collector = await startCollector();
    const { send, close } = sender(collector.url);
    await send([SPAN]);
    await close();
    expect(collector.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer zorblax',
      'content-type': 'application/x-protobuf',
    });
  });

  it('that is busy is asked again after its Retry-After', async () => {
    const collector = await startCollector([{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }]);
    const { send, close } = sender(collector.url);
    await send([SPAN]);
    await close();
    expect(collector.requests).toHaveLength(3);
    expect(collector.spans()).toHaveLength(1);
  });

  it('that stays busy for too long is an error', async () => {
    const collector = await startCollector([{ status: 503, headers: { 'retry-after': '3600' } }]);
    const { send, close } = sender(collector.url);
    await expect(send([SPAN])).rejects.toThrow(new DeliveryError('it stayed busy (429, 502, 503 or 504) for too long'));
    await close();
    expect(collector.requests).toHaveLength(1);
  });

  it('that refuses is an error with its status, but without its answer', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=zorblax');
    const collector = await startCollector([{ status: 401, body: Buffer.from('you sent: authorization zorblax') }]);
    const { send, close } = sender(collector.url);
    const refusal = await send([SPAN]).catch((error: unknown) => error);
    await close();
    expect(refusal).toMatchObject({ name: 'DeliveryError', message: '401 Unauthorized' });
    expect(collector.requests).toHaveLength(1);
  });

  it('that takes only some spans is an error with its reason', async () => {
    const collector = await startCollector([{ status: 200, body: partialSuccess(1, 'span too old') }]);
    const { send, close } = sender(collector.url);
    await expect(send([SPAN])).rejects.toThrow(/span too old/);
    await close();
  });

  it('that gives a senseless answer causes only a warning', async () => {
    const collector = await startCollector([{ status: 200, body: Buffer.from('<html>') }]);
    const { send, close } = sender(collector.url);
    await send([SPAN]);
    await close();
    expect(warnings).toEqual([expect.stringContaining('could not deserialize')]);
  });

  it('that is down is an error', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const { send, close } = sender(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, 100);
    await expect(send([SPAN])).rejects.toThrow(/ECONNREFUSED/);
    await close();
  });
});

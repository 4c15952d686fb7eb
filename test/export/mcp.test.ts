import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { startExport } from '../../src/export/export-job.js';
import { formatOf } from '../../src/export/formats.js';
import { sendSpans } from '../../src/export/spans/send-spans.js';
import type { Span } from '../../src/export/spans/span.js';
import { callSpanId, requestSpanId } from '../../src/export/spans/span.js';
import { writeExport } from '../../src/export/write-export.js';
import { openReader, type Reader } from '../../src/store/index.js';
import { playedMcp } from '../store/support/played-mcp.js';
import { aRequest } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

const SELECTION = { filter: {}, after: null, leftOut: [], withOpen: true };

/** Two calls whose results were carried, the second with an unknown caller, and one that no request carried. */
function played() {
  const { file, store } = startedStore();
  const { run, connect, play } = playedMcp(store);
  const stdio = connect({ name: 'tickets' });
  const http = connect({ name: 'wiki', transport: 'http', target: 'https://wiki.example/mcp' });
  const calling = aRequest(run.id);
  store.saveRequest(calling);
  const content = [{ type: 'text', text: 'zorblax-result' }];
  const cut = play(stdio, 'tickets', {
    name: 'search',
    args: { query: 'zorblax-query' },
    result: { content },
    latencyMs: 1_250,
    received: { content, form: 'cut', calledBy: calling.correlationId, tokensGot: 7 },
  });
  const failed = play(http, 'wiki', {
    name: 'page',
    result: { content },
    values: { state: 'tool_error' },
    received: { content, isError: true },
  });
  const apart = play(http, 'wiki', { name: 'page', result: { content } });
  return { reader: openReader(file), calling, cut, failed, apart };
}

async function allSpansOf(reader: Reader, withContent: boolean): Promise<Span[]> {
  const sent: Span[] = [];
  const sender = { send: async (spans: readonly Span[]) => void sent.push(...spans), close: async () => {} };
  await sendSpans(reader, startExport(reader, SELECTION), sender, withContent);
  return sent;
}

async function spansOf({ reader }: ReturnType<typeof played>, withContent: boolean): Promise<Span[]> {
  return (await allSpansOf(reader, withContent)).filter(({ attributes }) => 'mcp.method.name' in attributes);
}

/** The lines of JSON Lines. */
async function rowsOf(reader: Reader, withBodies: boolean) {
  let text = '';
  const output = {
    write: async (piece: string) => {
      text += piece;
      return true;
    },
    commit: async () => {},
    discard: async () => {},
  };
  await writeExport(reader, startExport(reader, SELECTION), formatOf('jsonl', withBodies, reader), output);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('an export with MCP calls', () => {
  it('has what rules did with requests and calls, as JSON and in spans', async () => {
    const { file, store } = startedStore();
    const { run, connect, play } = playedMcp(store);
    const call = play(connect(), 'serena', {
      name: 'find',
      result: { content: [] },
      values: { altered: true },
      received: { content: 'x' },
    });
    const request = aRequest(run.id);
    store.saveRequest(request);
    const hits = [
      { rule: 'slow', action: 'delay', detail: '2 s' },
      { rule: 'marks', action: 'tag', detail: 'late' },
      { rule: 'marks', action: 'alert', detail: 'too late' },
    ] as const;
    for (const of of [call.request, request.id]) store.saveMcp([{ type: 'hits', hits: { of, at: 1, hits } }]);
    const reader = openReader(file);
    const expected = {
      'claude_trace.rules': ['slow', 'marks'],
      'claude_trace.tags': ['late'],
      'claude_trace.alerts': ['too late'],
    };
    const sent = await allSpansOf(reader, false);
    const [ofCall] = sent.filter(({ attributes }) => 'mcp.method.name' in attributes);
    expect(ofCall?.attributes).toMatchObject({ ...expected, 'claude_trace.mcp.altered': true });
    expect(sent.find(({ spanId }) => spanId === requestSpanId(request.id))?.attributes).toMatchObject(expected);
    const rows = await rowsOf(reader, false);
    expect(rows.find(({ id }) => id === request.id).rule_hits).toEqual(hits);
    expect(rows.flatMap(({ mcp_calls = [] }) => mcp_calls)).toMatchObject([{ altered: true, hits }]);
    reader.close();
  });

  it('has a span of each call beneath the tool call that it is part of, once', async () => {
    const mcp = played();
    const [cut, failed, ...others] = await spansOf(mcp, false);
    expect(others).toEqual([]);
    expect(cut).toMatchObject({
      name: 'tools/call search',
      kind: 'client',
      parentSpanId: callSpanId(cut?.traceId ?? '', mcp.cut.toolUseId ?? ''),
      start: mcp.cut.sentAt,
      end: mcp.cut.sentAt + 1_250,
      failure: null,
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.protocol.version': '2025-11-25',
        'jsonrpc.request.id': '1',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search',
        'network.transport': 'pipe',
        'claude_trace.mcp.server': 'tickets',
        'claude_trace.mcp.form': 'cut',
        'claude_trace.mcp.tokens_got': 7,
      },
    });
    expect(failed).toMatchObject({
      parentSpanId: callSpanId(cut?.traceId ?? '', mcp.failed.toolUseId ?? ''),
      failure: '',
      traceId: cut?.traceId,
      attributes: { 'error.type': 'tool_error', 'network.transport': 'tcp', 'server.address': 'wiki.example' },
    });
  });

  it('uses only names of the official conventions, and its own', async () => {
    const exported: Record<string, unknown> = conventions;
    const official = new Set(Object.keys(exported).flatMap((key) => (key.startsWith('ATTR_') ? [exported[key]] : [])));
    const names = (await spansOf(played(), true)).flatMap(({ attributes }) => Object.keys(attributes));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !name.startsWith('claude_trace.') && !official.has(name))).toEqual([]);
  });

  it('has arguments and results only on demand', async () => {
    const mcp = played();
    expect(JSON.stringify(await spansOf(mcp, false))).not.toContain('zorblax');
    const [cut] = await spansOf(mcp, true);
    expect(cut?.attributes).toMatchObject({
      'gen_ai.tool.call.arguments': expect.stringContaining('zorblax-query'),
      'gen_ai.tool.call.result': 'zorblax-result',
    });
  });

  it.each([false, true])(
    'has them in the row of the request that carried them, with bodies: %s',
    async (withBodies) => {
      const { reader, cut, failed, apart } = played();
      const rows = await rowsOf(reader, withBodies);
      const calls = rows.flatMap(({ id, mcp_calls = [] }) => mcp_calls.map((call: { id: string }) => [id, call.id]));
      expect(calls.map(([, id]) => id)).toEqual([cut.id, failed.id]);
      expect(JSON.stringify(rows)).not.toContain(apart.id);
      expect(rows.filter((row) => 'mcp_calls' in row)).toHaveLength(2);
      expect(rows.find(({ id }) => id === calls[0]?.[0]).mcp_calls[0]).toMatchObject({
        server: 'tickets',
        state: 'ok',
        latency_ms: 1_250,
        delivery: { form: 'cut', carried_by: calls[0]?.[0] },
      });
    },
  );
});

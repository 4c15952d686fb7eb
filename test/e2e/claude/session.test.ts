import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isRecord, parseRecord } from '../../../src/base/json.js';
import { expectedSources, markersOf } from '../../support/claude/expected-sources.js';
import { MARKERS } from '../../support/claude/markers.js';
import { makeProject, type Project } from '../../support/claude/project.js';
import { type ClaudeResult, FAKE_KEY, runClaude } from '../../support/claude/run.js';
import { ALLOWED_TOOLS, everySource, PROMPT } from '../../support/claude/session.js';
import { newTrace, type StoredExchange, type Trace } from '../../support/claude/traced.js';
import { type ClaudeVersion, driven } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import {
  decoded,
  type Encoding,
  encoded,
  messagesApi,
  type ReceivedRequest,
  type Script,
  type ScriptedApi,
  startScriptedApi,
} from '../../support/scripted-api.js';

/**
 * Newer models get reminders as bare text in `role: system` messages, older ones in tags: both ways are driven.
 * The encodings are ones that each version offers.
 */
const SESSIONS: [ClaudeVersion, model: string, encoding: Encoding][] = [
  ['2.0.30', 'claude-sonnet-4-5', 'gzip'],
  ['2.1.197', 'claude-sonnet-4-5', 'br'],
  ['2.1.329', 'claude-sonnet-4-5', 'zstd'],
  ['2.1.332', 'claude-sonnet-4-5', 'br'],
  ['2.1.332', 'opus', 'zstd'],
];

const segmentsSchema = z.object({
  segments: z.array(z.object({ source: z.string(), tokens: z.number(), text: z.string() })),
});

describe.each(driven(SESSIONS))('a session of Claude Code %s with %s under wrap', (version, model, encoding) => {
  let root: string;
  let project: Project;
  let api: ScriptedApi;
  let trace: Trace;
  let direct: ClaudeResult;
  let wrapped: ClaudeResult;
  let stored: StoredExchange[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-session-'));
    project = await makeProject(root);
    const plain = messagesApi(everySource(version, project));
    const script: Script = async (request) => {
      const reply = await plain(request);
      return request.path.startsWith('/v1/messages') ? encoded(reply, encoding) : reply;
    };
    api = await startScriptedApi({ script });
    // Everything is as a user has it, the HTTP API included.
    trace = await newTrace({});
    const args = ['--allowedTools', ALLOWED_TOOLS, '--model', model];
    const session = { version, project, api, prompt: PROMPT, args, telemetry: true };
    direct = await runClaude(session);
    wrapped = await runClaude({ ...session, wrapArgv: trace.wrapArgv, env: trace.env });
    stored = trace.stored();
  });
  afterAll(async () => {
    await api?.close();
    await trace?.remove();
    await removeFolder(root);
  });

  const messages = () => stored.filter(({ row }) => row.kind === 'messages');

  it('gives the same output and exit code as without', () => {
    expect(wrapped.stdout).toBe(direct.stdout);
    expect(wrapped.stderr).toBe(direct.stderr);
    expect(wrapped.exitCode).toBe(direct.exitCode);
  });

  it('stores every request that the API received exactly once, with the same bytes', () => {
    const sent = wrapped.received.filter(isIntercepted).map(({ method, host, path, sha256 }) => {
      return `${method} ${host}${path.replace(/\?.*/, '')} ${sha256}`;
    });
    const kept = stored.map(({ row, detail, requestBody }) => {
      const { host, pathname } = new URL(row.url);
      const body = detail.requestBody;
      // Telemetry may hold a secret that its URL gives away; then the hash alone speaks of the wire.
      if (!body.redacted) expect(sha256(requestBody)).toBe(body.sha256);
      return `${row.method} ${host}${pathname} ${body.sha256}`;
    });
    expect(kept.toSorted()).toEqual(sent.toSorted());
    expect(messages().length).toBeGreaterThanOrEqual(7);
    expect(messages().filter(({ detail }) => detail.requestBody.redacted)).toEqual([]);
  });

  it('stores every answer to a message with the bytes, status and usage that the API gave', () => {
    for (const { row, detail, responseBody } of messages()) {
      const request = receivedFor(wrapped.received, detail.requestBody.sha256);
      expect(row.status).toBe(request.answered?.status);
      expect(responseBody?.equals(request.answered?.body ?? Buffer.alloc(0))).toBe(true);
      const usage = finalUsage(decoded(request.answered?.body ?? Buffer.alloc(0), encoding).toString());
      expect(row.tokens).toMatchObject({
        uncached: usage.input_tokens,
        cacheRead: usage.cache_read_input_tokens,
        cacheWrite5m: usage.cache_creation.ephemeral_5m_input_tokens,
        cacheWrite1h: usage.cache_creation.ephemeral_1h_input_tokens,
        output: usage.output_tokens,
        known: 'exact',
      });
    }
  });

  it('has every time of every message, in order', () => {
    for (const { detail } of messages()) {
      const { initiated, forwarded, firstByte, responseEnd, delivered } = detail.timestamps;
      // A client that leaves with its answer may be gone before its acceptance of the last byte is seen.
      const times = [initiated, forwarded, firstByte, responseEnd, delivered ?? responseEnd].map(
        (time) => time?.getTime() ?? Number.NaN,
      );
      expect(times.some(Number.isNaN)).toBe(false);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect(messages().some(({ detail }) => detail.timestamps.delivered !== null)).toBe(true);
  });

  it('keeps the header lines in order, secrets aside', () => {
    for (const { detail } of messages()) {
      const request = receivedFor(wrapped.received, detail.requestBody.sha256);
      expect(detail.requestHeaders.map(([name]) => name)).toEqual(request.headers.map(([name]) => name));
      const changed = detail.requestHeaders.filter(([, value], index) => value !== request.headers[index]?.[1]);
      expect(changed.map(([name]) => name.toLowerCase())).toEqual(['x-api-key']);
    }
  });

  it('names the session, and the subagent where there is one', () => {
    expect(new Set(messages().map(({ row }) => row.sessionId)).size).toBe(1);
    if (version === '2.0.30') return;
    expect(messages().filter(({ row }) => row.agentId !== null)).toHaveLength(2);
  });

  it('attributes what each source holds to that source, and the tokens to the bill', async () => {
    const expected = expectedSources(project);
    const found = new Map<string, Set<string>>();
    for (const { row } of messages().filter(isConversation)) {
      const { segments } = segmentsSchema.parse(JSON.parse((await trace.run('show', row.id, '--json')).toString()));
      expect(segments.reduce((sum, segment) => sum + segment.tokens, 0)).toBe(row.tokens.input);
      for (const { text, source } of segments) {
        for (const marker of markersOf(version).filter((candidate) => text.includes(MARKERS[candidate]))) {
          found.set(marker, (found.get(marker) ?? new Set()).add(source));
        }
      }
    }
    const want = markersOf(version).map((marker) => [marker, [expected[marker]]]);
    expect(Object.fromEntries([...found].map(([marker, sources]) => [marker, [...sources]]))).toEqual(
      Object.fromEntries(want),
    );
  });

  it('finds requests by source, and gives exact bytes, on the command line', async () => {
    const rows = z.array(z.object({ id: z.string() }));
    const bySource = rows.parse(JSON.parse((await trace.run('query', '--source', 'mcp:atlas', '--json')).toString()));
    expect(bySource.length).toBeGreaterThan(0);
    const [newest] = bySource;
    const body = await trace.run('show', newest?.id ?? 'last', '--request-body');
    expect(wrapped.received.map((request) => request.sha256)).toContain(sha256(body));
    const all = await trace.run('query', '--json', '--kind', 'all', '--limit', '1000');
    expect(rows.parse(JSON.parse(all.toString()))).toHaveLength(stored.length);
  });

  it('leaves the key and the cookie nowhere', async () => {
    const places = [await trace.everything(), Buffer.from(wrapped.stdout), Buffer.from(wrapped.stderr)];
    for (const place of places) {
      expect(place.includes(FAKE_KEY)).toBe(false);
      expect(place.includes('scripted-cookie')).toBe(false);
    }
  });
});

function isIntercepted({ host }: ReceivedRequest): boolean {
  return /(^|\.)(anthropic\.com|claude\.ai)$/.test(host);
}

/** Of the main thread or a subagent: side calls have no tools. */
function isConversation({ requestBody }: StoredExchange): boolean {
  const tools = parseRecord(requestBody.toString())?.tools;
  return Array.isArray(tools) && tools.length > 0;
}

function receivedFor(received: ReceivedRequest[], hash: string | null): ReceivedRequest {
  const request = received.find((candidate) => candidate.sha256 === hash && candidate.path.startsWith('/v1/messages?'));
  if (request === undefined) throw new Error(`The API received no message with the body ${hash}.`);
  return request;
}

const usageSchema = z.object({
  input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation: z.object({ ephemeral_5m_input_tokens: z.number(), ephemeral_1h_input_tokens: z.number() }),
  output_tokens: z.number(),
});

/** From the bytes that the API sent: the last event with a usage, or the one message. */
function finalUsage(reply: string): z.infer<typeof usageSchema> {
  const documents = reply.startsWith('{')
    ? [reply]
    : [...reply.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
  const usages = documents.map((document) => parseRecord(document)?.usage).filter(isRecord);
  return usageSchema.parse(usages.at(-1));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAudit } from '../../../src/gateway/audit/audit-log.js';
import { type AuditFilter, followAudit, readAudit } from '../../../src/gateway/audit/read-audit.js';
import type { GatewayFact } from '../../../src/gateway/facts.js';

const START = Date.parse('2026-03-04T12:00:00Z');
const TRACE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: null, isSampled: true };

const request = {
  type: 'request_ended',
  at: START,
  request: '01ARZ',
  route: 'tickets',
  ip: '10.0.0.1',
  httpMethod: 'POST',
  upstream: 'u1',
  method: 'tools/call',
  tool: 'list',
  subject: 'ada',
  status: 200,
  outcome: 'ok',
  durationMs: 12.4,
  bytesIn: 1,
  bytesOut: 2,
  trace: TRACE,
} as const satisfies GatewayFact;

function limited(n: number, subject = 'ada'): GatewayFact {
  const at = START + n * 60_000;
  return { type: 'limited', at, request: `r${n}`, tier: 'ip', route: 'wiki', subject, ip: '10.0.0.1', retryAfterS: 5 };
}

async function logIn(options: { file?: string; max_size?: number; max_age?: number; keep?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'audit.jsonl');
  const problems: string[] = [];
  const config = { file, max_size: 1024 ** 2, max_age: 3_600_000, keep: 3, ...options };
  const log = openAudit(config, (fact) => void problems.push(fact.type === 'problem' ? fact.message : fact.type));
  return { folder, file, log, problems, config };
}

async function linesOf(file: string, filter: AuditFilter = {}) {
  const lines = [];
  for await (const line of readAudit(file, filter)) lines.push(line);
  return lines;
}

describe('the audit log', () => {
  it('makes its folder, which only its owner can enter', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'audit-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    const folder = join(parent, 'logs', 'gateway');
    const { log, problems } = await logIn({ file: join(folder, 'audit.jsonl') });
    log.listener(request);
    await log.close();
    expect(problems).toEqual([]);
    expect(await linesOf(join(folder, 'audit.jsonl'))).toHaveLength(1);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('has a line of JSON for each event, which only its owner can read', async () => {
    const { file, log } = await logIn();
    log.listener(request);
    log.listener(limited(1));
    log.listener({ type: 'reloaded', at: START, changed: ['routes.tickets'], replaced: [] });
    await log.close();
    const [first, second, third, ...rest] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(JSON.parse(first ?? '')).toEqual({
      at: '2026-03-04T12:00:00.000Z',
      type: 'request',
      outcome: 'ok',
      route: 'tickets',
      upstream: 'u1',
      subject: 'ada',
      ip: '10.0.0.1',
      request: '01ARZ',
      http_method: 'POST',
      method: 'tools/call',
      tool: 'list',
      status: 200,
      duration_ms: 12,
    });
    expect(JSON.parse(second ?? '')).toMatchObject({ type: 'limit', outcome: 'limited', tier: 'ip', retry_after_s: 5 });
    expect(JSON.parse(third ?? '')).toMatchObject({ type: 'reload', outcome: 'ok', changed: ['routes.tickets'] });
    expect(rest).toEqual([]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('makes a file that others could read private', async () => {
    const { file, log } = await logIn();
    await writeFile(file, '');
    await chmod(file, 0o644);
    log.listener(limited(1));
    await log.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('leaves out answered requests that are not calls of tools, and cuts long texts', async () => {
    const { file, log } = await logIn();
    log.listener({ ...request, method: 'tools/list', tool: null });
    log.listener({ ...request, tool: 'x'.repeat(100_000) });
    log.listener({ ...request, method: null, tool: null, outcome: 'unauthenticated', status: 401 });
    await log.close();
    const lines = await linesOf(file);
    expect(lines.map((line) => line?.outcome)).toEqual(['ok', 'unauthenticated']);
    expect(lines[0]?.tool).toHaveLength(500);
  });

  it('is rotated by size, and keeps the newest files', async () => {
    const { folder, file, log } = await logIn({ max_size: 4_096, keep: 3 });
    for (let n = 0; n < 200; n++) log.listener(limited(n));
    await log.close();
    const names = (await readdir(folder)).sort();
    expect(names).toHaveLength(4);
    for (const name of names) {
      const { size, mode } = await stat(join(folder, name));
      expect(size).toBeLessThan(4_096 + 300);
      expect(mode & 0o777).toBe(0o600);
    }
    const requests = (await linesOf(file)).map((line) => line?.request);
    expect(requests).toEqual(
      Array.from({ length: requests.length }, (_, index) => `r${200 - requests.length + index}`),
    );
    expect(requests.length).toBeGreaterThan(60);
  });

  it('keeps the order of files of one millisecond, and of a clock that was set back', async () => {
    const { folder, file, log } = await logIn({ max_size: 1, keep: 2 });
    const far = '29991231T235959999Z';
    for (const name of [far, `${far}-0001`]) await writeFile(join(folder, `audit-${name}.jsonl`), '');
    for (const n of [1, 2, 3]) log.listener(limited(n));
    await log.close();
    expect((await readdir(folder)).sort()).toEqual([
      `audit-${far}-0002.jsonl`,
      `audit-${far}-0003.jsonl`,
      'audit.jsonl',
    ]);
    expect((await linesOf(file)).map((line) => line?.request)).toEqual(['r1', 'r2', 'r3']);
  });

  it('is rotated by age, also a file of an earlier process', async () => {
    const { folder, log, config } = await logIn({ max_age: 300 });
    log.listener(limited(1));
    await log.close();
    await new Promise((wake) => setTimeout(wake, 350));
    const next = openAudit(config, () => {});
    next.listener(limited(2));
    await next.close();
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('an audit log on a disk that hangs is not waited for, and lost lines are counted in it', async () => {
    const { file, log } = await logIn({ max_size: 1024 ** 3 });
    // Opening a pipe that nobody reads waits.
    spawnSync('mkfifo', [file]);
    const started = performance.now();
    for (let n = 0; n < 100_000; n++) log.listener(limited(n));
    expect(performance.now() - started).toBeLessThan(10_000);
    const read = readFile(file, 'utf8');
    await log.close();
    const lines = (await read)
      .trimEnd()
      .split('\n')
      .map((line): { type: string; events: number } => JSON.parse(line));
    const lost = lines.filter(({ type }) => type === 'lost').map(({ events }) => events);
    expect(lost).toHaveLength(1);
    expect(lines.length - 1 + (lost[0] ?? 0)).toBe(100_000);
    expect(lost[0]).toBeGreaterThan(10_000);
  });

  it.skipIf(process.platform !== 'linux')(
    'an audit log on a full disk reports it once, and the gateway does not stop',
    async () => {
      const { log, problems } = await logIn({ file: '/dev/full' });
      for (let n = 0; n < 5; n++) {
        log.listener(limited(n));
        await new Promise((wake) => setTimeout(wake, 20));
      }
      await log.close();
      expect(problems).toEqual([expect.stringContaining('ENOSPC')]);
    },
  );
});

describe('a query', () => {
  it('filters by time, type, subject, route and outcome, over all files', async () => {
    const { file, log } = await logIn({ max_size: 4_096, keep: 100 });
    for (let n = 0; n < 60; n++) log.listener(limited(n, n % 2 === 0 ? 'ada' : 'bob'));
    log.listener({ ...request, at: START + 3_600_000 });
    await log.close();
    expect(await linesOf(file)).toHaveLength(61);
    expect(await linesOf(file, { types: ['limit'], subject: 'a*' })).toHaveLength(30);
    expect(await linesOf(file, { route: 'tickets', outcome: 'ok' })).toHaveLength(1);
    expect(await linesOf(file, { outcome: 'lim*', subject: 'nobody' })).toEqual([]);
    const period = { since: START + 10 * 60_000, until: START + 20 * 60_000 };
    expect((await linesOf(file, period)).map((line) => line?.request)).toEqual(
      Array.from({ length: 10 }, (_, index) => `r${index + 10}`),
    );
  });

  it('says which lines it cannot read', async () => {
    const { file, log } = await logIn();
    await writeFile(
      file,
      '{"at":"2026-03-04T12:00:00Z","type":"lim\n{"at":"x","type":"limit","outcome":"limited"}\n\n',
    );
    log.listener(limited(1));
    await log.close();
    expect((await linesOf(file)).map((line) => line?.type ?? null)).toEqual([null, null, null, 'limit']);
  });

  it('fails without a log', async () => {
    await expect(linesOf(join(tmpdir(), 'none', 'audit.jsonl'))).rejects.toThrow('ENOENT');
  });

  it('follows the log into the next file', async () => {
    const { file, log } = await logIn({ max_size: 4_096, keep: 100 });
    log.listener(limited(0));
    await expect
      .poll(() =>
        stat(file).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const line of followAudit(file, { types: ['limit'] }, stop.signal)) seen.push(line?.request);
    })();
    await new Promise((wake) => setTimeout(wake, 100));
    for (let n = 1; n <= 50; n++) {
      log.listener(limited(n, 'zoë'));
      if (n % 10 === 0) await new Promise((wake) => setTimeout(wake, 400));
    }
    await expect.poll(() => seen).toEqual(Array.from({ length: 50 }, (_, index) => `r${index + 1}`));
    stop.abort();
    await following;
    await log.close();
  });
});

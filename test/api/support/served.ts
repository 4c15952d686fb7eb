import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApiOptions, type ApiServer, startApi } from '../../../src/api/server.js';
import { NO_BUDGETS } from '../../../src/model/budget.js';
import { openStore } from '../../../src/store/index.js';
import type { StoredExchange } from '../../store/support/brute-force.js';
import { fillStore } from '../../store/support/filled-store.js';

export const TOKEN = 'the-token-of-these-tests';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined where it is no JSON. */
  json: unknown;
}

export interface Served {
  api: ApiServer;
  file: string;
  exchanges: StoredExchange[];
  /** What the server wanted somebody to look at. */
  logged: string[];
  /** With the token, unless `headers` say otherwise. */
  ask(path: string, init?: RequestInit): Promise<Answer>;
}

/** A server, on a real port, of a filled store (test/store/support/filled-store.ts). */
export async function served(
  options: Partial<ApiOptions> = {},
  whenDone: (cleanup: () => void | Promise<void>) => void = onTestFinished,
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-api-'));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const file = options.database ?? join(folder, 'trace.db');
  const store = openStore(file);
  const exchanges = options.database === undefined ? store.transaction(() => fillStore(store)) : [];
  store.close();
  const logged: string[] = [];
  const api = await startApi({
    database: file,
    prices: {},
    budgets: NO_BUDGETS,
    token: TOKEN,
    host: '127.0.0.1',
    port: 0,
    version: '0.1.0',
    log: (message) => logged.push(message),
    ...options,
  });
  whenDone(() => api.close());
  return { api, file, exchanges, logged, ask: (path, init) => ask(api.url, path, init) };
}

export async function ask(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${TOKEN}`, ...Object.fromEntries(new Headers(init.headers)) };
  const response = await fetch(url + path, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** A request with a body of JSON. */
export function sending(method: 'POST' | 'PUT', body: unknown): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

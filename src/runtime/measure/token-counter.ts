import { Agent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CountRequest } from '../../attribution/index.js';
import type { Env } from '../../base/env.js';
import { codeOf } from '../../base/error-text.js';
import { hostOf } from '../../base/host-and-port.js';
import { isRecord, parseRecord, stringOf } from '../../base/json.js';
import { withTimeLimit } from '../../base/time-limit.js';
import { createConnectServer, isTrustCode, ProxyError } from '../../proxy/index.js';
import { VERSION } from '../../settings/version.js';
import type { ApiAccess } from './api-access.js';
import { CountError } from './count-error.js';

/** Asks the API for the tokens of requests. All requests wait for as long as the API asks. */
export interface TokenCounter {
  /** @throws CountError; the reason of the signal */
  count(model: string, request: CountRequest, signal: AbortSignal): Promise<number>;
  close(): void;
}

/** Maximum number of requests at a time. */
export const CONCURRENCY = 4;
const ATTEMPTS = 6;
const ATTEMPT_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
/** If the API asks for a longer pause, the measurement ends. */
const MAX_PAUSE_MS = 120_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** @param env has the variables that name proxies. @throws UnusableUpstreamProxyError */
export function createTokenCounter({ key, url }: ApiAccess, env: Env): TokenCounter {
  const closed = new AbortController();
  const agent = agentFor(url, env, closed.signal);
  const path = `${url.pathname.replace(/\/$/, '')}/v1/messages/count_tokens`;
  /** Unix ms. */
  let pausedUntil = 0;

  const pause = (ms: number) => {
    pausedUntil = Math.max(pausedUntil, Date.now() + ms);
  };

  /** Waits until the end of the pause, which answers may extend in the meantime. */
  async function waitForPause(signal: AbortSignal): Promise<void> {
    for (let left = pausedUntil - Date.now(); left > 0; left = pausedUntil - Date.now()) {
      await sleep(left, undefined, { signal });
    }
  }

  async function ask(bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    const headers = {
      host: url.host,
      'content-type': 'application/json',
      'content-length': bytes.length,
      'anthropic-version': '2023-06-01',
      'user-agent': `claude-trace/${VERSION}`,
      'x-api-key': key,
    };
    const options = { host: hostOf(url), port: portOf(url), path, method: 'POST', headers, agent };
    return withTimeLimit(ATTEMPT_MS, signal, (limited) => send({ ...options, signal: limited }, bytes));
  }

  return {
    async count(model, request, signal) {
      const bytes = Buffer.from(JSON.stringify({ model, ...request }));
      let last = new CountError('unavailable', null, null);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await waitForPause(signal);
        try {
          const answer = await ask(bytes, signal);
          const tokens = answer.status === 200 ? tokensOf(answer.body) : null;
          if (tokens !== null) {
            pause(pauseBefore(answer.headers));
            return tokens;
          }
          last = errorOf(answer);
          if (last.code !== 'unavailable') throw last;
          const asked = retryAfterOf(answer.headers, Date.now());
          if (asked !== null && asked > MAX_PAUSE_MS) throw last;
          pause(asked ?? FIRST_PAUSE_MS * 2 ** attempt);
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof CountError) throw error;
          last = new CountError('unavailable', null, isAbort(error) ? null : reasonOf(error));
          if (error instanceof ProxyError && isTrustCode(error.failure.code)) throw last;
          pause(FIRST_PAUSE_MS * 2 ** attempt);
        }
      }
      throw last;
    },
    close() {
      closed.abort();
      agent.destroy();
    },
  };
}

/** @param closed destroys its connections, open or not */
function agentFor(url: URL, env: Env, closed: AbortSignal): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  if (url.protocol === 'http:') return agent;
  const connect = createConnectServer(env);
  // The types of Node 20 do not say that `createConnection` may call back later.
  return Object.assign(agent, {
    createConnection(_: unknown, done: (error: unknown, socket?: unknown) => void) {
      connect(hostOf(url), portOf(url), closed).then((socket) => done(null, socket), done);
    },
  });
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Does not follow redirects, which would send the key elsewhere. */
function send(options: RequestOptions, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
        else response.destroy(new CountError('no_api', response.statusCode ?? 0, null));
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

/** Without the signal of the caller, only the time limit aborts a request. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Why a connection failed: the sentence of its way to the API, or the system's code. */
function reasonOf(error: unknown): string | null {
  return error instanceof ProxyError ? error.message.replace(/\.$/, '') : codeOf(error);
}

function tokensOf(body: string): number | null {
  const tokens = parseRecord(body)?.input_tokens;
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens > 0 ? tokens : null;
}

const REFUSED = new Set([400, 413, 422]);

function errorOf({ status, body }: Answer): CountError {
  const error = parseRecord(body)?.error;
  const type = stringOf(isRecord(error) ? error.type : null);
  const reason = type !== null && /^[a-z_]{1,60}$/.test(type) ? type : null;
  if (status === 401 || status === 403) return new CountError('unauthorized', status, reason);
  // The API names its errors. Without a name, it is another server, or another path.
  if (status === 404) return new CountError(reason === null ? 'no_api' : 'no_model', status, reason);
  if (REFUSED.has(status)) return new CountError('refused', status, reason);
  const later = status === 408 || status === 409 || status === 429 || status >= 500;
  return new CountError(later ? 'unavailable' : 'no_api', status, reason);
}

/** The delay of Retry-After: seconds or a date (RFC 9110, 10.2.3). @param now unix ms @returns ms; null if missing or invalid */
function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | null {
  const given = headers['retry-after']?.trim();
  if (given === undefined) return null;
  if (/^\d{1,9}(\.\d+)?$/.test(given)) return Number(given) * 1_000;
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/**
 * The pause that avoids a refusal: until the limit is reset, if it leaves fewer requests than may be sent at a time.
 * https://docs.claude.com/en/api/rate-limits#response-headers
 */
function pauseBefore(headers: IncomingHttpHeaders): number {
  const remaining = stringOf(headers['anthropic-ratelimit-requests-remaining']);
  const reset = Date.parse(stringOf(headers['anthropic-ratelimit-requests-reset']) ?? '');
  if (remaining === null || Number.isNaN(reset) || Number(remaining) >= CONCURRENCY) return 0;
  return Math.min(MAX_PAUSE_MS, Math.max(0, reset - Date.now()));
}

import { fileURLToPath } from 'node:url';
import type { Ended } from './program.js';

const PROGRAM = fileURLToPath(new URL('./client.mjs', import.meta.url));

export interface ClientRequest {
  /** Default: POST. */
  method?: string;
  /** Default: `/v1/messages`. */
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Number of random letters in place of %noise% in the body. */
  noise?: number;
  /** The encoding of `body`. Default: utf8. */
  encoding?: 'base64';
  /** Sent when this line is on stdin. */
  waitFor?: string;
  /** Open connections are closed first. */
  newConnection?: boolean;
  /** It closes after this many bytes of the response body. */
  stopAfter?: number;
  /** Sent again until it is answered. */
  retry?: boolean;
}

export interface ClientPlan {
  /** Default: `api.anthropic.com`. */
  host?: string;
  /** Default: 443. */
  port?: number;
  requests: ClientRequest[];
  exitCode?: number;
}

/** What the client prints, in the order it happened. */
export type ClientEvent =
  | { event: 'start'; pid: number }
  /** A connection is open: the issuer of the certificate that the client saw. */
  | { event: 'tls'; index: number; issuer: string }
  /** The first bytes of a response body. */
  | { event: 'data'; index: number; status: number }
  | { event: 'end'; index: number; status: number; body: string }
  | { event: 'error'; index: number; message: string; code: string | null };

/** Command line of a program that sends these requests. */
export function client({ host = 'api.anthropic.com', ...plan }: ClientPlan): string[] {
  return [process.execPath, PROGRAM, JSON.stringify({ host, ...plan })];
}

export function clientEvents(stdout: Buffer | string): ClientEvent[] {
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Status and body of each answered request. */
export function answers({ stdout }: Ended): { status: number; body: Buffer }[] {
  return clientEvents(stdout).flatMap((each) =>
    each.event === 'end' ? [{ status: each.status, body: Buffer.from(each.body, 'base64') }] : [],
  );
}

/** A request of the Messages API. */
export function message(text: string, more: Record<string, unknown> = {}): string {
  const messages = [{ role: 'user', content: text }];
  return JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, stream: true, messages, ...more });
}

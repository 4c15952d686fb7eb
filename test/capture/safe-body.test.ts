import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/capture/redactor.js';
import { safeBody } from '../../src/capture/safe-body.js';
import type { ExchangeKind } from '../../src/model/exchange.js';

const LIMIT = 64 * 1024 * 1024;

function stored(text: string, kind: ExchangeKind, redactor = createRedactor(Buffer.from('a key'))) {
  const { bytes, redacted } = safeBody({ bytes: Buffer.from(text), encodings: [], kind, cut: false }, redactor, LIMIT);
  return { text: bytes.toString(), redacted };
}

describe('a body of any kind but a conversation', () => {
  it.each([
    ['a form', 'grant=refresh&refresh_token=r3fr3sh&client_secret=c1ient'],
    ['JSON', '{"session_ingress_token":"r3fr3sh","user":{"password":"c1ient"}}'],
    ['an answer', '{"access_token":"r3fr3sh","worker_jwt":"c1ient","expires_in":3600}'],
    ['camel case', '{"apiKey":"r3fr3sh","clientSecret":"c1ient"}'],
  ])('loses fields whose names say secret: %s', (_what, text) => {
    for (const kind of ['other', 'telemetry'] as const) {
      const { text: safe, redacted } = stored(text, kind);
      expect(redacted).toBe(true);
      expect(safe).not.toMatch(/r3fr3sh|c1ient/);
    }
  });

  it('keeps its exact bytes when nothing in it is a secret', () => {
    const text = '{ "key": "gate", "tokens": 5, "max_tokens":1e3, "code":"x" }';
    expect(stored(text, 'telemetry')).toEqual({ text, redacted: false });
    expect(stored('plain text', 'other')).toEqual({ text: 'plain text', redacted: false });
  });
});

describe('a conversation', () => {
  it('keeps its exact bytes, whatever its fields are called', () => {
    const text = '{"messages":[{"role":"user","content":"x","password":"an example"}]}';
    expect(stored(text, 'messages')).toEqual({ text, redacted: false });
  });

  it.each([
    ['an unknown scheme', 'Authorization', 'Key abcdefghijklmnop', 'abcdefghijklmnop'],
    ['the password of Basic', 'Authorization', `Basic ${btoa('me:correct horse battery')}`, 'correct horse battery'],
    ['a gateway key', 'Ocp-Apim-Subscription-Key', '0123456789abcdef', '0123456789abcdef'],
  ])('loses what a header gave away: %s', (_what, name, value, secret) => {
    const redactor = createRedactor(Buffer.from('a key'));
    redactor.learnHeaders([[name, value]]);
    expect(stored(`{"text":"it is ${secret}!"}`, 'messages', redactor).text).not.toContain(secret);
  });
});

describe('input made to be slow or deep', () => {
  const redactor = createRedactor(Buffer.from('a key'));
  const size = 1_000_000;

  it.each([
    ['key characters', `sk-ant-${'a'.repeat(30 * size)}`],
    ['half keys', 'sk-ant-a'.repeat(size / 8)],
    ['blanks', ' '.repeat(size)],
    ['pairs', 'a=1&'.repeat(size / 4)],
  ])('ends: %s in a body', (_what, text) => {
    expect(stored(text, 'other', redactor).text.length).toBeGreaterThan(0);
  });

  it.each([
    ['Cookie', `a;${' '.repeat(size)}=x`],
    ['Cookie', 'a=b;'.repeat(size / 4)],
    ['Set-Cookie', `"${'\\"'.repeat(size / 2)}`],
    ['Authorization', `Bearer${' '.repeat(size)}`],
    ['Location', `/${'?a=b&'.repeat(size / 5)}`],
  ])('ends: in %s', (name, value) => {
    expect(redactor.headers([[name, value]])).toHaveLength(1);
  });

  it('loses the credentials of a relative redirect', () => {
    const [[, value] = []] = redactor.headers([['Location', '/callback?code=s3cr3t&lang=en']]);
    expect(value).toMatch(/^\/callback\?code=\[redacted:[0-9a-f]+\]&lang=en$/);
  });
});

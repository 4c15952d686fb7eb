import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import { safeBody } from '../../../src/capture/redact/safe-body.js';
import type { ExchangeKind } from '../../../src/model/exchange.js';

const LIMIT = 64 * 1024 * 1024;

function stored(text: string, kind: ExchangeKind, redactor = createRedactor(Buffer.from('a key'))) {
  const { bytes, redacted } = safeBody({ bytes: Buffer.from(text), encodings: [], kind, cut: false }, redactor, LIMIT);
  return { text: bytes.toString(), redacted };
}

describe('a body that is not a conversation', () => {
  it.each([
    ['a form', 'grant=refresh&refresh_token=r3fr3sh&client_secret=c1ient'],
    ['JSON', '{"session_ingress_token":"r3fr3sh","user":{"password":"c1ient"}}'],
    ['an answer', '{"access_token":"r3fr3sh","worker_jwt":"c1ient","expires_in":3600}'],
    ['camel case', '{"apiKey":"r3fr3sh","clientSecret":"c1ient"}'],
    ['dashes and capitals', '{"x-api-key":"r3fr3sh","CLIENT_SECRET":["c1ient"]}'],
    ['JSON lines', '{"event":1}\n{"password":"r3fr3sh"}\n{"jwt":"c1ient"}'],
    ['JSON that is cut', '{"password":"r3fr3sh","jwt":"c1ie\\'],
    ['a form with a line end', 'flag&password=r3fr3sh&code_verifier=c1ient\n'],
  ])('loses fields whose names say secret: %s', (_what, text) => {
    for (const kind of ['other', 'telemetry'] as const) {
      const { text: safe, redacted } = stored(text, kind);
      expect(redacted).toBe(true);
      expect(safe).not.toMatch(/r3fr3sh|c1ie/);
    }
  });

  it('keeps all bytes except those of the secrets', () => {
    const redactor = createRedactor(Buffer.from('a key'));
    const secret = redactor.label('a"\\b');
    const json = (password: string) =>
      `{ "n": 12345678901234567890, "a":1,"a":2, "password" : "${password}", "x":"\\u00e9" }`;
    expect(stored(json('a\\"\\\\b'), 'other', redactor).text).toBe(json(secret));
    const form = (password: string) => `a=x%20y&pass%77ord=${password}&b=%7e`;
    expect(stored(form('a%22%5Cb'), 'other', redactor).text).toBe(form(secret));
  });

  it('keeps bytes that are not UTF-8, too', () => {
    const redactor = createRedactor(Buffer.from('a key'));
    const body = (password: string) => Buffer.from(`{"\xff":"\xfe","password":"${password}"}`, 'latin1');
    const wire = { bytes: body('abc'), encodings: [], kind: 'other', cut: false } as const;
    expect(safeBody(wire, redactor, LIMIT).bytes).toEqual(body(redactor.label('abc')));
  });

  it('keeps its exact bytes without a secret', () => {
    const text = '{ "key": "gate", "tokens": 5, "max_tokens":1e3, "code":"x" }';
    expect(stored(text, 'telemetry')).toEqual({ text, redacted: false });
    const figures = '{"token":5,"secret":true,"jwt":null,"password":"","secret":{"name":"x"}}';
    expect(stored(figures, 'telemetry')).toEqual({ text: figures, redacted: false });
    const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
    expect(stored(deep, 'telemetry')).toEqual({ text: deep, redacted: false });
    expect(stored('plain text', 'other')).toEqual({ text: 'plain text', redacted: false });
  });
});

describe('a body at the address of an MCP server', () => {
  it.each([
    ['a question for tokens', 'grant_type=authorization_code&code=r3fr3sh&code_verifier=c1ient'],
    ['an answer with tokens', ' {"access_token":"r3fr3sh","token_type":"Bearer","refresh_token":"c1ient"}'],
    ['an answer with tokens that is cut', '{"access_token":"r3fr3sh","refresh_token":"c1ie'],
    ['the registration of a client', '{"client_id":"x","client_secret":"r3fr3sh"}'],
  ])('loses tokens where the server gives out its own: %s', (_what, text) => {
    const { text: safe, redacted } = stored(text, 'mcp');
    expect(redacted).toBe(true);
    expect(safe).not.toMatch(/r3fr3sh|c1ie/);
  });

  it.each([
    '{"jsonrpc":"2.0","id":1,"result":{"token":"next","code":"x=y"}}',
    '[{"jsonrpc":"2.0","method":"m","params":{"token":"next"}}]',
    '{"params":{"token":"next"},"method":"m","jsonrpc":"2.0"}',
    'data: {"jsonrpc":"2.0","method":"m","params":{"token":"a=b"}}\n\n',
  ])('keeps the exact bytes of messages: %s', (text) => {
    expect(stored(text, 'mcp')).toEqual({ text, redacted: false });
  });
});

describe('a conversation', () => {
  it('keeps its exact bytes with fields of any name', () => {
    const text = '{"messages":[{"role":"user","content":"x","password":"an example"}]}';
    expect(stored(text, 'messages')).toEqual({ text, redacted: false });
  });

  it('keeps fields of any name in messages of MCP', () => {
    const text =
      '{"jsonrpc":"2.0","params":{"_meta":{"progressToken":"zorblax"},"arguments":{"password":"an example"}}}';
    expect(stored(text, 'mcp')).toEqual({ text, redacted: false });
  });

  it.each([
    ['Basic without padding', 'Authorization', 'Basic bWU6Y29ycmVjdCBob3JzZSBiYXR0', 'correct horse batt'],
    ['an unknown scheme', 'Authorization', 'Key abcdefghijklmnop', 'abcdefghijklmnop'],
    ['the password of Basic', 'Authorization', `Basic ${btoa('me:correct horse battery')}`, 'correct horse battery'],
    ['a gateway key', 'Ocp-Apim-Subscription-Key', '0123456789abcdef', '0123456789abcdef'],
  ])('loses what a header gave away: %s', (_what, name, value, secret) => {
    const redactor = createRedactor(Buffer.from('a key'));
    redactor.learnHeaders([[name, value]]);
    expect(stored(`{"text":"it is ${secret}!"}`, 'messages', redactor).text).not.toContain(secret);
  });
});

describe('hostile input', () => {
  const redactor = createRedactor(Buffer.from('a key'));
  const size = 1_000_000;

  it.each([
    ['key characters', `sk-ant-${'a'.repeat(30 * size)}`],
    ['half keys', 'sk-ant-a'.repeat(size / 8)],
    ['a field name that no regular expression survives', `{"${'aA'.repeat(15 * size)}":"x"}`],
    ['field names', '{"a":'.repeat(size / 5)],
    ['escapes', `{"password":"${'\\'.repeat(size)}`],
    ['a form of one long value', `a=${'b'.repeat(30 * size)}`],
    ['a form of empty fields', `${'a&'.repeat(size / 2)}=`],
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
    ['Location', `/${'?a=/?token=b'.repeat(size / 12)}`],
    ['Location', `${'a'.repeat(size)}://${'?'.repeat(size)}`],
    ['Link', '<'.repeat(size)],
  ])('ends: in %s', (name, value) => {
    expect(redactor.headers([[name, value]])).toHaveLength(1);
  });

  it('loses the credentials of a relative redirect', () => {
    const [[, value] = []] = redactor.headers([['Location', '/callback?code=s3cr3t&lang=en']]);
    expect(value).toMatch(/^\/callback\?code=\[redacted:[0-9a-f]+\]&lang=en$/);
  });
});

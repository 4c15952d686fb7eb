import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MIN_SECRET_LENGTH } from '../../../src/base/credentials.js';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import { SecretSearch } from '../../../src/capture/redact/secret-search.js';

const KEY = Buffer.from('a key of the installation');
const API_KEY = `sk-ant-api03-${'Ab_9-'.repeat(12)}`;
const LABEL = /^\[redacted:[0-9a-f]{16}\]$/;

describe('header lines', () => {
  const redactor = createRedactor(KEY);
  const one = (name: string, value: string) => redactor.headers([[name, value]])[0]?.[1];

  it('keep their names, their order and values that are not credentials', () => {
    const headers = [
      ['Host', 'api.test'],
      ['x-claude-code-session-id', '7c9e6679-7425-40de-944b-e07fc1f90ae7'],
      ['anthropic-ratelimit-tokens-remaining', '39999000'],
      ['HOST', 'twice'],
    ] as const;
    expect(redactor.headers(headers)).toEqual(headers);
  });

  it('keep the scheme of Authorization, and hash a token in the same way everywhere', () => {
    const bearer = one('Authorization', `Bearer ${API_KEY}`);
    expect(bearer).toBe(`Bearer ${one('x-api-key', API_KEY)}`);
    expect(one('x-api-key', API_KEY)).toMatch(LABEL);
    expect(one('x-unheard-of', `Basic ${'dXNlcjpwYXNz'}`)).toMatch(/^Basic \[redacted:/);
  });

  it('have other hashes with another key', () => {
    expect(createRedactor(Buffer.from('other')).label(API_KEY)).not.toBe(redactor.label(API_KEY));
    expect(createRedactor(KEY).label(API_KEY)).toBe(redactor.label(API_KEY));
  });

  it('keep the names of cookies and the attributes of Set-Cookie', () => {
    expect(one('cookie', 'a=1=2; session="s e c"; bare')).toBe(
      `a=${redactor.label('1=2')}; session=${redactor.label('s e c')}; ${redactor.label('bare')}`,
    );
    expect(one('Set-Cookie', 'sid=xyz; Path=/; HttpOnly')).toBe(`sid=${redactor.label('xyz')}; Path=/; HttpOnly`);
  });

  it('lose the credentials of each target of Link', () => {
    expect(one('Link', '</a?token=abc>; rel="next", <https://me:pw@h.test/>')).toBe(
      `</a?token=${redactor.label('abc')}>; rel="next", <https://${redactor.label('me:pw')}@h.test/>`,
    );
  });

  it('lose the credentials of URLs in them', () => {
    expect(one('location', 'https://x.test/cb?code=abc&lang=en')).toBe(
      `https://x.test/cb?code=${redactor.label('abc')}&lang=en`,
    );
  });
});

describe('a URL', () => {
  const redactor = createRedactor(KEY);

  it('keeps its spelling except for userinfo and credentials', () => {
    const url = 'https://me:pw@h.test:1/p%20q?beta=true&access_token=a%2Bb&x=&api-key=k#id_token=t&y=1';
    expect(redactor.url(url)).toBe(
      `https://${redactor.label('me:pw')}@h.test:1/p%20q?beta=true&access_token=${redactor.label('a+b')}&x=&api-key=${redactor.label('k')}#id_token=${redactor.label('t')}&y=1`,
    );
  });

  it('teaches its password, which a server may repeat alone', () => {
    const redactor = createRedactor(KEY);
    redactor.learnUrl('https://somebody:correct%20horse+battery@h.test/');
    const password = 'correct horse+battery';
    expect(redactor.text(`(${password}) correct%20horse%2Bbattery`)).toBe(
      `(${redactor.label(password)}) ${redactor.label(password)}`,
    );
  });

  it('loses the credentials of a URL in its parameters', () => {
    expect(redactor.url('/login?next=/cb?code=abc&lang=en')).toBe(
      `/login?next=/cb?code=${redactor.label('abc')}&lang=en`,
    );
    expect(redactor.url('//me:pw@h.test/')).toBe(`//${redactor.label('me:pw')}@h.test/`);
  });

  it('without credentials stays as it is', () => {
    const url = 'https://h.test/v1/messages?beta=true&q=a@b';
    expect(redactor.url(url)).toBe(url);
  });
});

describe('a body', () => {
  it('without secrets is left alone', () => {
    expect(createRedactor(KEY).bytes(Buffer.from('{"text":"sk-ant-short, sk-ant-"}'), false)).toBeNull();
  });

  it('loses text in the form of an Anthropic key, seen before or not', () => {
    const redactor = createRedactor(KEY);
    expect(redactor.bytes(Buffer.from(`{"k":"${API_KEY}"}`), false)?.toString()).toBe(
      `{"k":"${redactor.label(API_KEY)}"}`,
    );
  });

  it('loses credentials seen in headers: raw, in JSON, in a form', () => {
    const redactor = createRedactor(KEY);
    const secret = 'p"a/s\\s+w\u00f6rd!';
    redactor.learnHeaders([
      ['x-auth-token', secret],
      ['cookie', 'short=tiny; long=abcdefghijkl'],
      ['accept', 'application/json'],
    ]);
    const json = JSON.stringify({ secret, accept: 'application/json', tiny: 'tiny' });
    const body = `${secret} ${json} ${json.replaceAll('/', '\\/')} f=${encodeURIComponent(secret)} abcdefghijkl`;
    const safe = redactor.bytes(Buffer.from(body), false)?.toString() ?? '';
    expect(safe.split(redactor.label(secret))).toHaveLength(5);
    expect(safe).toContain(redactor.label('abcdefghijkl'));
    expect(safe).toContain('"accept":"application/json","tiny":"tiny"');
  });

  it.each(['Cookie', 'Set-Cookie'])('loses a key in the name of a %s', (name) => {
    const redactor = createRedactor(KEY);
    const [[, value] = []] = redactor.headers([[name, `${API_KEY} s=correct-horse-battery; Path=/`]]);
    expect(value).toBe(
      `${redactor.label(API_KEY)} s=${redactor.label('correct-horse-battery')}; Path=${name === 'Cookie' ? redactor.label('/') : '/'}`,
    );
  });

  it.each([
    ['Python', 'p\\"a/s\\\\s+<w\\u00f6rd>&\\u2028'],
    ['PHP', 'p\\"a\\/s\\\\s+<w\\u00f6rd>&\\u2028'],
    ['Go', 'p\\"a/s\\\\s+\\u003cw\u00f6rd\\u003e\\u0026\u2028'],
    ['.NET', 'p\\u0022a/s\\\\s\\u002B\\u003Cw\\u00F6rd\\u003E\\u0026\\u2028'],
  ])('loses credentials as %s writes them in JSON', (_, json) => {
    const secret = 'p"a/s\\s+<w\u00f6rd>&\u2028';
    expect(JSON.parse(`"${json}"`)).toBe(secret);
    const redactor = createRedactor(KEY);
    redactor.learn(secret);
    expect(redactor.bytes(Buffer.from(`{"token":"${json}"}`), false)?.toString()).toBe(
      `{"token":"${redactor.label(secret)}"}`,
    );
  });

  it('that is cut loses the beginning of a secret at its end', () => {
    const redactor = createRedactor(KEY);
    redactor.learn('correct-horse-battery');
    expect(redactor.bytes(Buffer.from('it is correct-hor'), true)?.toString()).toBe('it is [redacted]');
    expect(redactor.bytes(Buffer.from('it is sk-ant-api03-Abc'), true)?.toString()).not.toContain('Abc');
    expect(redactor.bytes(Buffer.from('it is correct'), true)).toBeNull();
  });

  it('that repeats such a beginning loses it, too, unless many secrets begin like it', () => {
    const redactor = createRedactor(KEY);
    redactor.learn('correct-horse-battery-staple');
    redactor.learn(API_KEY);
    const label = redactor.label('correct-horse-battery');
    expect(redactor.text('it is correct-horse-battery', true)).toBe(`it is ${label}`);
    expect(redactor.text('You said "it is correct-horse-battery". Go on.')).toBe(`You said "it is ${label}". Go on.`);
    expect(redactor.text(`it is ${API_KEY.slice(0, 14)}`, true)).not.toContain('sk-ant');
    expect(redactor.text('Keys begin with sk-ant-api03-, and then?')).toContain('sk-ant-api03-');
  });

  it('is searched in linear time for many secrets with the same beginning', () => {
    const redactor = createRedactor(KEY);
    for (let n = 0; n < 500; n++) redactor.learnHeaders([['set-cookie', `c${n}=${'a'.repeat(3_000)}${n}`]]);
    const body = Buffer.from(`${'a'.repeat(1_000_000)}b`);
    expect(redactor.bytes(body, false)).toBeNull();
    expect(redactor.text(`${'a'.repeat(3_500)}499`)).toMatch(/^a{500}\[redacted:\w+\]$/);
    expect(redactor.bytes(body.subarray(0, -1), true)?.toString()).toMatch(/^a{997000}\[redacted:\w+\]$/);
  });

  it('is searched for the latest of very many secrets, and for those that are repeated', () => {
    const redactor = createRedactor(KEY);
    const secret = (n: number) => `secret-number-${n}`;
    for (let n = 0; n < 5_000; n++) for (const one of [secret(n), 'the-key-of-all']) redactor.learn(one);
    const text = `${secret(4_900)} the-key-of-all ${secret(1)}`;
    expect(redactor.text(text)).toBe(
      `${redactor.label(secret(4_900))} ${redactor.label('the-key-of-all')} ${secret(1)}`,
    );
  });

  it('is searched for a secret of megabytes, too', () => {
    const redactor = createRedactor(KEY);
    const long = 'long'.repeat(1_000_000);
    redactor.learn(long);
    redactor.learn('a-short-secret');
    expect(redactor.text(`a-short-secret ${long.slice(0, 16 * 1024)}`)).not.toMatch(/secret|long/);
  });

  it('is searched with the same result as a plain search', () => {
    const letter = fc.constantFrom('a', 'b', 'ab', 'aab');
    const secret = fc
      .string({ unit: letter, minLength: 6, maxLength: 12 })
      .map((text) => text.padEnd(MIN_SECRET_LENGTH, 'a'));
    const text = fc.string({ unit: letter, maxLength: 200 });
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 50 }), text, (secrets, searched) => {
        const search = new SecretSearch();
        for (const one of secrets) search.add(Buffer.from(one), 'label');
        const covered = new Set(
          search
            .find(Buffer.from(searched))
            .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
        );
        const expected = new Set<number>();
        for (const one of secrets) {
          for (let at = searched.indexOf(one); at !== -1; at = searched.indexOf(one, at + 1)) {
            for (let index = at; index < at + one.length; index++) expected.add(index);
          }
        }
        expect([...covered].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });
});

describe('an OAuth body', () => {
  const oauth = (text: string) => {
    const redactor = createRedactor(KEY);
    return { redactor, safe: redactor.oauthBody(Buffer.from(text))?.toString() ?? null };
  };

  it('in JSON loses token fields at any depth, of any length', () => {
    const { safe, redactor } = oauth('{"access_token":"a","expires_in":5,"deep":[{"refreshToken":"r","otp":123}]}');
    expect(JSON.parse(safe ?? '')).toEqual({
      access_token: redactor.label('a'),
      expires_in: 5,
      deep: [{ refreshToken: redactor.label('r'), otp: redactor.label('123') }],
    });
  });

  it('in a form loses them too', () => {
    const { safe, redactor } = oauth('grant_type=authorization_code&code=a%2Fb&client_id=me');
    expect(Object.fromEntries(new URLSearchParams(safe ?? ''))).toEqual({
      grant_type: 'authorization_code',
      code: redactor.label('a/b'),
      client_id: 'me',
    });
  });

  it('that is neither, or is cut, is replaced as a whole', () => {
    expect(oauth('{"access_token":"abc').safe).toMatch(LABEL);
    expect(oauth('<html>code=abc</html>').safe).toMatch(LABEL);
  });

  it('without tokens is left alone', () => {
    expect(oauth('{"scope":"all"}').safe).toBeNull();
    expect(oauth('').safe).toBeNull();
  });

  it('is remembered: its tokens are found in later bodies', () => {
    const { redactor } = oauth('{"access_token":"opaque-and-long"}');
    expect(redactor.text('I saw opaque-and-long')).toBe(`I saw ${redactor.label('opaque-and-long')}`);
  });

  it('loses them however deep they are', () => {
    const [before, after] = ['['.repeat(100_000), ']'.repeat(100_000)];
    const { safe, redactor } = oauth(`${before}{"code":"abc"}${after}`);
    expect(safe).toBe(`${before}{"code":"${redactor.label('abc')}"}${after}`);
  });
});

describe('settled secrets', () => {
  it('are replaced wherever they occur, and never forgotten', () => {
    const redactor = createRedactor(KEY);
    for (const secret of ['zorblax-settled-secret', 'short']) redactor.settle(secret);
    for (let index = 0; index < 2_000; index++) redactor.learn(`another secret ${index}`);
    const label = redactor.label('zorblax-settled-secret');
    expect(redactor.text('a zorblax-settled-secret, short')).toBe(`a ${label}, short`);
    expect(redactor.text('it ends in zorblax-settled', true)).not.toContain('zorblax');
  });
});

import * as z from 'zod';
import { describeError } from '../../base/error-text.js';
import { compileIpRanges } from '../../base/ip-ranges.js';
import { EXPECTED_HOST, isListenHost } from '../../base/listen-host.js';
import { parseDuration } from '../../rules/conditions/duration.js';
import { checked } from '../../rules/file/schema-parts.js';
import { NEVER_CONFIGURED } from './never-forwarded.js';

/** A whole number. Text counts too: `${PORT}` and environment variables give text. */
export function whole(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z
      .number(`expected a whole number from ${min} to ${max}`)
      .int(`expected a whole number from ${min} to ${max}`)
      .min(min)
      .max(max),
  );
}

/** From 0 to 1. */
export function ratio() {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^[01](\.\d+)?$/.test(value) ? Number(value) : value),
    z.number('expected a number from 0 to 1').min(0).max(1),
  );
}

export function flag() {
  return z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean('expected true or false'),
  );
}

/** Milliseconds, written as a duration such as 30s. */
export function duration(min = '1ms', max = '30d') {
  const [least, most] = [parseDuration(min), parseDuration(max)];
  return z.string('expected a duration such as 500ms, 30s, 10m, 2h or 1d').transform((text, context) => {
    try {
      const ms = parseDuration(text);
      if (ms >= least && ms <= most) return ms;
      context.issues.push({ code: 'custom', message: `expected a duration from ${min} to ${max}`, input: text });
    } catch (error) {
      context.issues.push({ code: 'custom', message: describeError(error), input: text });
    }
    return z.NEVER;
  });
}

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Bytes: a number, or text such as 10MB. */
export function bytes(min: number, max: number) {
  return z
    .union([z.number(), z.string()], 'expected a size such as 65536, 64KB or 10MB')
    .transform((value, context) => {
      const [, amount = '', unit = ''] = /^(\d{1,12}) ?(KB|MB|GB)?$/i.exec(String(value)) ?? [];
      const size = amount === '' ? Number.NaN : Number(amount) * (BYTE_UNITS[unit.toUpperCase()] ?? 1);
      if (size >= min && size <= max) return size;
      context.issues.push({
        code: 'custom',
        message: `expected a size from ${min} to ${max} bytes, such as 65536, 64KB or 10MB`,
        input: value,
      });
      return z.NEVER;
    });
}

const ORIGIN_EXPECTED =
  'expected an origin such as https://app.example.com or http://localhost:3000, without a path, a slash at the end or the usual port';

const anyText = () => z.string('expected text').min(1, 'expected text').max(10_000);

export const text = anyText();

/** A text that no error, log or listing may show. */
export const secret = anyText();

/** Name of something in this file. */
export const name = z
  .string('expected a name')
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected up to 64 lower-case letters, digits, dashes and underscores');

/** Path of a file; relative to the configuration. */
export const file = anyText();

/** @param instead what to use in place of a password in the URL */
function urlWithoutSecrets(instead: string) {
  return checked(text, (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      throw new Error('expected a URL that begins with https:// or http://');
    }
    if (url.username !== '' || url.password !== '') throw new Error(`a URL cannot hold a password${instead}`);
    if (url.hash !== '') throw new Error('a URL cannot have a fragment here');
  });
}

export const httpUrl = urlWithoutSecrets(' here');
export const upstreamUrl = urlWithoutSecrets(': use `credentials`');

/** Where a server listens. */
export const listenHost = z.string(EXPECTED_HOST).refine(isListenHost, EXPECTED_HOST);

/** As clients write it in Host. IPv6 addresses have brackets there. */
export const hostName = z
  .string('expected a host name')
  .regex(
    /^(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/,
    'expected a host name such as mcp.example.com, without https:// and port; of other alphabets, its form that begins with xn--',
  );

/** As browsers write it in Origin. */
export const origin = checked(
  z
    .string('expected an origin')
    .regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@A-Z]+$/, { error: ORIGIN_EXPECTED, abort: true }),
  (value) => {
    const isOfWeb = /^https?:/.test(value);
    if (isOfWeb && (!URL.canParse(value) || new URL(value).origin !== value)) throw new Error(ORIGIN_EXPECTED);
  },
);

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const NOT_IN_HEADERS = /[^\t\u0020-\u007e\u0080-\u00ff]/;

export const headerName = z.string().regex(HEADER_NAME, 'expected the name of a header');

const ownHeaderName = checked(headerName, (name) => {
  if (NEVER_CONFIGURED.has(name.toLowerCase())) {
    throw new Error(`${name} cannot be set here: the gateway itself sends what belongs to a connection or a session`);
  }
});

/** Headers that the gateway adds to its requests. */
export const headers = z.record(
  ownHeaderName,
  checked(z.string('expected text'), (value) => {
    if (NOT_IN_HEADERS.test(value)) {
      throw new Error('a header holds one line of ASCII or Latin-1; others must be encoded, such as € as %E2%82%AC');
    }
  }),
);

/** An address, or a network such as 10.0.0.0/8. */
export const network = checked(
  z.string().regex(/^[0-9a-fA-F:.]{2,45}(\/\d{1,3})?$/, {
    error: 'expected an address, or a network such as 10.0.0.0/8',
    abort: true,
  }),
  (range) => void compileIpRanges([range]),
);

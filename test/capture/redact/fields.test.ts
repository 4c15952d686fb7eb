import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTokenField } from '../../../src/capture/redact/credential-names.js';
import { redactOAuthFields } from '../../../src/capture/redact/fields.js';

const LABEL = '[redacted]';
const name = fc.oneof(fc.constantFrom('access_token', 'code', 'a"token', 'pass\\word', 'scope'), fc.string());
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\\', '"', '":', ','),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((figure) => (figure === 0 ? 0 : figure)),
    fc.constantFrom(true, false, null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Finds the same by walking the parsed value. */
function walked(value: unknown, secret: boolean): unknown {
  if (Array.isArray(value)) return value.map((element) => walked(element, secret));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, walked(field, isTokenField(key))]));
  }
  return secret && (typeof value === 'number' || (typeof value === 'string' && value !== '')) ? LABEL : value;
}

describe('fields of a JSON body', () => {
  it('are found in its bytes as in its parsed value, however it is spaced', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\r\n\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const values: string[] = [];
        const safe = redactOAuthFields(Buffer.from(text), {
          secret(value) {
            values.push(value);
            return LABEL;
          },
          url: (url) => url,
        });
        expect(JSON.parse((safe ?? text).toString())).toEqual(walked(JSON.parse(text), false));
        expect(safe === null).toBe(values.length === 0);
      }),
      { numRuns: 500 },
    );
  });
});

import type { FieldValue } from '../exchange/json-fields.js';
import { percentDecoded } from './url.js';

const EQUALS = 0x3d;
const AMPERSAND = 0x26;

/** Whether this can be `application/x-www-form-urlencoded`: one line, with or without a line end, of the characters of such a body. */
export function isForm(body: Buffer): boolean {
  return body.includes(EQUALS) && !/[ \t\r\n{}<>"]/.test(body.toString('latin1', 0, lengthOfForm(body)));
}

/** Values, except empty ones, of fields for which `isSecret(name)` holds. */
export function findFormFields(form: Buffer, isSecret: (name: string) => boolean): FieldValue[] {
  const found: FieldValue[] = [];
  const length = lengthOfForm(form);
  let start = 0;
  let equals = -1;
  for (let pos = 0; pos <= length; pos++) {
    const byte = pos === length ? AMPERSAND : form[pos];
    if (byte === EQUALS && equals === -1) equals = pos;
    if (byte !== AMPERSAND) continue;
    if (equals !== -1 && equals + 1 < pos && isSecret(percentDecoded(form.toString('utf8', start, equals)))) {
      const value = percentDecoded(form.toString('utf8', equals + 1, pos));
      found.push({ start: equals + 1, end: pos, value, bare: false, named: true });
    }
    start = pos + 1;
    equals = -1;
  }
  return found;
}

/** Without a final line end, which `curl -d @file` sends. */
function lengthOfForm(body: Buffer): number {
  if (body.at(-1) !== 0x0a) return body.length;
  return body.at(-2) === 0x0d ? body.length - 2 : body.length - 1;
}

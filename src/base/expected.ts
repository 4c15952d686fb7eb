import type * as z from 'zod';
import { alternatives } from './alternatives.js';

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** What a person reads about a value that a schema refuses, as in `safeParse(value, { error: expected })`: zod's own texts are for programmers. */
export const expected: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type': {
      const type = TYPES[issue.expected];
      if (type === undefined) return undefined;
      return issue.input === undefined
        ? `is missing; expected ${type}`
        : `expected ${type}${butGot(issue.input, type)}`;
    }
    case 'invalid_value':
      return `expected ${alternatives(issue.values.map(String))}`;
    case 'too_small':
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    default:
      return undefined;
  }
};

/** `, not a list`; empty if that says nothing new, as of a number that is not whole. */
function butGot(input: unknown, type: string): string {
  const name = input === null ? 'null' : (TYPES[Array.isArray(input) ? 'array' : typeof input] ?? typeof input);
  return type.endsWith(name.replace(/^a /, '')) ? '' : `, not ${name}`;
}

/** Unit of the size of a text or a list. */
function unitOf(origin: string, size: number | bigint): string {
  if (origin === 'string') return size === 1 ? ' character' : ' characters';
  if (origin === 'array' || origin === 'set') return size === 1 ? ' item' : ' items';
  return '';
}

// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { describeError } from '../../base/error-text.js';
import { unknownFields } from './unknown-field.js';

/** An object that refuses other fields: its message has a line for each. */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, known) : undefined),
  });
}

/** Adds the error that `check` throws as an issue. */
export function checked<Schema extends z.ZodType>(schema: Schema, check: (value: z.output<Schema>) => void): Schema {
  return schema.check(({ value, issues }) => {
    try {
      check(value);
    } catch (error) {
      issues.push({ code: 'custom', message: describeError(error), input: value });
    }
  });
}

/** Exactly one of some fields. */
export function oneOf<Value extends object>(
  schema: z.ZodType<Value>,
  names: readonly (keyof Value & string)[],
  what: string,
) {
  return checked(schema, (value) => {
    const given = names.filter((name) => value[name] !== undefined);
    if (given.length === 1) return;
    throw new Error(
      given.length === 0
        ? `expected ${what}: one of ${names.join(', ')}`
        : `expected one ${what}, not ${given.length} (${given.join(', ')})`,
    );
  });
}

export function notEmpty<Value extends object>(schema: z.ZodType<Value>, what: string) {
  return checked(schema, (value) => {
    if (Object.keys(value).length === 0) throw new Error(`expected at least one ${what}`);
  });
}

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

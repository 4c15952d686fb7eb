// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { json, regex, size, text } from './rule-fields.js';
import { notEmpty, object } from './schema-parts.js';

const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const tests = notEmpty(
  object({
    equals: json.optional(),
    glob: text.optional().describe('* matches any text'),
    regex: regex.optional().describe('RE2 syntax; matches anywhere in the text'),
    prefix: text.optional(),
    suffix: text.optional(),
    contains: json.optional().describe('of a text: a part of it; of a list: an element'),
    one_of: z.array(json).min(1).max(1_000).optional(),
    exists: z.boolean().optional(),
    gt: z.number().optional(),
    lt: z.number().optional(),
    length: notEmpty(object({ min: size.optional(), max: size.optional() }), 'of min and max')
      .optional()
      .describe('characters of a text, elements of a list, fields of an object'),
  }),
  'test',
);
export const test = z
  .union([literal, tests], 'expected a literal (text, number, true, false, null) or tests such as { glob: "a*" }')
  .meta({ id: 'test' });

export type Tests = z.infer<typeof tests>;
export type Test = z.infer<typeof test>;

// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { action } from './action-schema.js';
import { MAX_ENTRIES, oneLine, text } from './rule-fields.js';
import { object } from './schema-parts.js';
import { when } from './when-schema.js';

/*
 * The language of rules: what a file may hold, the types of what was parsed, and the published JSON schema. Its conditions, tests and
 * actions are in files beside this one.
 */

const MAX_RULES = 1_000;

const rule = object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected up to 64 letters, digits, dots, dashes and underscores'),
  name: oneLine.optional(),
  description: text.optional(),
  tags: z.array(oneLine).max(MAX_ENTRIES).optional().describe('of the rule, for people'),
  enabled: z.boolean().optional(),
  priority: z.number().int().optional().describe('higher first; rules of one priority in the order of the file'),
  when: when.optional(),
  // biome-ignore lint/suspicious/noThenProperty: the name in the file; the schema is not awaited
  then: z.array(action).min(1, 'expected at least one action').max(MAX_ENTRIES).describe('in order'),
  probability: z.number().min(0).max(1).optional(),
  seed: z.number().int().optional().describe('makes probability, jitter and random delays repeat'),
  limit: z.number().int().min(1).optional().describe('acts at most this often on a connection'),
});
export type Rule = z.infer<typeof rule>;

export const rulesFile = object({
  $schema: z.string().optional(),
  version: z.literal(1, 'expected version: 1'),
  rules: z.array(rule).max(MAX_RULES, `expected at most ${MAX_RULES} rules`),
});

/** JSON schema (draft 2020-12) of a rules file, for editors. */
export function rulesJsonSchema(): object {
  return z.toJSONSchema(rulesFile, { io: 'input', reused: 'inline' });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rulesJsonSchema } from '../../../src/rules/index.js';

const PUBLISHED = new URL('../../../docs/rules.schema.json', import.meta.url);

describe('the published JSON schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(rulesJsonSchema());

  it('is that of the parser', () => {
    const text = `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`;
    if (process.env.UPDATE_RULES_SCHEMA) writeFileSync(PUBLISHED, text);
    expect(readFileSync(PUBLISHED, 'utf8')).toBe(text);
  });

  it.each([
    ['{ id: a, then: [{ tag: t }] }', true],
    ['{ id: a, when: { any: [{ not: { all: [{ tool: { glob: "a*" } }] } }] }, then: [{ tag: t }] }', true],
    ['{ id: a, then: [{ tog: t }] }', false],
    ['{ id: a, then: [] }', false],
    ['{ id: a, when: { any: [{ tols: 1 }] }, then: [{ tag: t }] }', false],
  ])('tells an editor about %s', (rule, isValid) => {
    expect(validate(parse(`{ version: 1, rules: [${rule}] }`))).toBe(isValid);
  });
});

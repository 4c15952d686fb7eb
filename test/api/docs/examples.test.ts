import { expect, it } from 'vitest';
import { fillExamples, type Json } from '../../../src/api/docs/examples.js';

/** The example of a body with this schema. */
function exampleOf(schema: Json, schemas: Json = {}): Json | undefined {
  const media: { [key: string]: Json } = { schema };
  fillExamples({ content: { 'application/json': media }, components: { schemas } });
  return media.example;
}

it.each<[string, Json, Json]>([
  ['an example of its own', { type: 'string', example: 'a' }, 'a'],
  ['a constant', { const: 'ok' }, 'ok'],
  ['the first choice', { enum: ['asc', 'desc'] }, 'asc'],
  ['the first alternative', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, false],
  [
    'an object of its fields',
    { type: 'object', properties: { a: { example: 1 }, b: { type: 'string' } } },
    { a: 1, b: '…' },
  ],
  ['a list of one', { type: 'array', items: { example: 7 } }, [7]],
  ['null where that is allowed', { type: ['string', 'null'] }, null],
  ['nothing known', {}, {}],
])('a body gets %s', (_, schema, example) => {
  expect(exampleOf(schema)).toEqual(example);
});

it('follows references', () => {
  const schemas = { List: { type: 'array', items: { $ref: '#/components/schemas/Item' } }, Item: { example: 'x' } };
  expect(exampleOf({ $ref: '#/components/schemas/List' }, schemas)).toEqual(['x']);
  expect(exampleOf({ $ref: '#/components/schemas/Missing' }, schemas)).toBeNull();
});

it('keeps given examples, and adds none to parameters', () => {
  const given = { schema: { type: 'string' }, example: 'mine' };
  const parameter = { in: 'query', name: 'a', schema: { type: 'string' } };
  expect(fillExamples({ given, parameter })).toEqual({ given, parameter });
  expect(given.example).toBe('mine');
  expect(parameter).not.toHaveProperty('example');
});

import fc from 'fast-check';
import type { Operation, Parameter } from './published.js';

type Schema = Record<string, unknown>;

export interface AnyRequest {
  operation: Operation;
  path: string;
  init: RequestInit;
  /** False where the path may lead to another operation. */
  isRouted: boolean;
}

/** Mostly what the document allows, else anything. */
export function anyRequest(operation: Operation, ids: readonly string[]): fc.Arbitrary<AnyRequest> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((each) => each.in === 'path');
  const inQuery = parameters.filter((each) => each.in === 'query');
  const body = operation.requestBody?.content['application/json']?.schema;
  return fc
    .record({
      path: fc.tuple(...inPath.map(() => fc.oneof({ weight: 3, arbitrary: fc.constantFrom('last', ...ids) }, anyText))),
      query: fc.tuple(...inQuery.map(queryOf)),
      stranger: fc.option(fc.tuple(anyText, anyText), { freq: 20 }),
      body: body === undefined ? fc.constant(undefined) : bodyOf(ids),
    })
    .map(({ path: values, query, stranger, body }) => {
      const search = new URLSearchParams([...query.flat(), ...(stranger === null ? [] : [stranger])]);
      const path = inPath.reduce(
        (text, { name }, at) => text.replace(`{${name}}`, encodeURIComponent(values[at] ?? '')),
        operation.path,
      );
      return {
        operation,
        path: search.size === 0 ? path : `${path}?${search}`,
        isRouted: values.every((value) => !/^\.{0,2}$|[/\\%]/.test(value)),
        init: {
          method: operation.method.toUpperCase(),
          ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
        },
      };
    });
}

const anyText = fc.string({ unit: 'binary', maxLength: 30 });

function queryOf({ name, schema }: Parameter): fc.Arbitrary<[string, string][]> {
  const value = fc.oneof({ weight: 4, arbitrary: allowed(schema) }, { weight: 1, arbitrary: anyText });
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
    { weight: 2, arbitrary: value.map((text): [string, string][] => [[name, text]]) },
  );
}

function allowed({ type, enum: choices, minimum, maximum, format, example }: Schema): fc.Arbitrary<string> {
  const [min, max] = [Number(minimum ?? -1e15), Number(maximum ?? 1e15)];
  if (Array.isArray(choices)) return fc.constantFrom(...choices.map(String));
  if (type === 'integer')
    return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) }).map(String);
  if (type === 'number') return fc.double({ min, max, noNaN: true }).map((value) => value.toFixed(6));
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  return fc.oneof(fc.constant(String(example ?? '')), fc.string({ minLength: 1, maxLength: 40 }));
}

/** Bodies with the fields of feedback, with others, and with what is no JSON at all. */
function bodyOf(ids: readonly string[]): fc.Arbitrary<string> {
  const fields = {
    request_id: fc.oneof(fc.constantFrom('last', ...ids), fc.string(), fc.jsonValue()),
    rating: fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.double(), fc.jsonValue()),
    feedback_text: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null), fc.jsonValue()),
    user_id: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
  };
  return fc.oneof(
    { weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string() },
  );
}

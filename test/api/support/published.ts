import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer } from './served.js';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Record<string, unknown>;
}

interface Media {
  schema: Record<string, unknown>;
  example: unknown;
}

export interface Operation {
  operationId: string;
  method: string;
  path: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

export interface PublishedDocument {
  openapi: string;
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  components: { schemas: Record<string, unknown> };
}

/** What the published document promises, and a judge of answers. */
export function published(document: PublishedDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // A field that is not documented is a mistake of ours, though clients should bear it.
  ajv.addSchema({ $id: 'openapi', ...closed(structuredClone(document)) });
  const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
  const pointer = (...keys: string[]) =>
    `openapi#${keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;

  function check(keys: string[], value: unknown, what: string): void {
    const validate = ajv.getSchema(pointer(...keys));
    if (validate === undefined) throw new Error(`${keys.join(' > ')} is not published`);
    validate(value);
    expect({ what, errors: validate.errors ?? [] }).toEqual({ what, errors: [] });
  }

  return {
    operations,
    /** Expects that the answer is one that is documented. */
    expectPublished(
      { method, path, operationId, responses }: Operation,
      { status, headers, json, text }: Answer,
    ): void {
      const what = `${operationId} ${status} ${text.slice(0, 200)}`;
      expect(Object.keys(responses), what).toContain(String(status));
      const type = headers.get('content-type')?.split(';')[0];
      const content = responses[String(status)]?.content;
      expect(type === undefined ? [] : [type], what).toEqual(Object.keys(content ?? {}));
      if (type !== 'application/json') return;
      check(['paths', path, method, 'responses', String(status), 'content', type, 'schema'], json, what);
    },
    /** Expects that every example is valid. */
    expectGoodExamples(): void {
      for (const { method, path, operationId, requestBody, responses, parameters } of operations) {
        for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
          check(['paths', path, method, 'requestBody', 'content', type, 'schema'], example, `${operationId} body`);
        }
        for (const [status, { content }] of Object.entries(responses)) {
          for (const [type, { example }] of Object.entries(content ?? {})) {
            check(['paths', path, method, 'responses', status, 'content', type, 'schema'], example, operationId);
          }
        }
        for (const [index, { schema, name }] of (parameters ?? []).entries()) {
          if (!('example' in schema)) continue;
          check(
            ['paths', path, method, 'parameters', String(index), 'schema'],
            schema.example,
            `${operationId} ${name}`,
          );
        }
      }
    },
  };
}

function closed<Node>(node: Node): Node {
  if (typeof node !== 'object' || node === null) return node;
  if ('properties' in node && 'type' in node) Object.assign(node, { additionalProperties: false });
  for (const [key, value] of Object.entries(node)) if (key !== 'example') closed(value);
  return node;
}

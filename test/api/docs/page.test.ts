import { expect, it } from 'vitest';
import type { Json } from '../../../src/api/docs/examples.js';
import { renderPage } from '../../../src/api/docs/page.js';
import { type PublishedDocument, published } from '../support/published.js';
import { served } from '../support/served.js';

it('shows every operation and shape, and loads nothing', async () => {
  const { ask } = await served();
  const document = (await ask('/openapi.json')).json as PublishedDocument;
  const { text, headers } = await ask('/docs');
  expect(headers.get('content-type')).toContain('text/html');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  for (const { operationId, path } of published(document).operations) {
    expect(text).toContain(`<section id="${operationId}">`);
    expect(text).toContain(path);
  }
  for (const shape of Object.keys(document.components.schemas)) expect(text).toContain(`<details id="${shape}">`);
  expect(text).not.toMatch(/<script|<link|<img|\bsrc=|url\(|@import/);
  expect(
    [...text.matchAll(/href="([^"]*)"/g)].map(([, target]) => target).filter((target) => !/^#/.test(target ?? '')),
  ).toEqual(['/openapi.json']);
});

function pageOf(operation: Json, schemas: Json = {}): string {
  return renderPage({
    info: { title: 'T', version: '1', description: 'D' },
    paths: { '/a/{id}': { get: operation } },
    components: { schemas },
  });
}

it('escapes every text of the document', () => {
  const hostile = '<script>"&';
  const page = pageOf(
    {
      operationId: hostile,
      summary: hostile,
      description: hostile,
      parameters: [{ name: hostile, in: hostile, description: hostile, schema: { type: hostile, enum: [hostile] } }],
      responses: { [hostile]: { description: hostile, content: { [hostile]: { example: { a: hostile } } } } },
    },
    { [hostile]: { description: hostile } },
  );
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;');
});

it('says what a parameter takes, and whether it is required', () => {
  const page = pageOf({
    operationId: 'a',
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^x$' } },
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 9, default: 5 } },
      { name: 'order', in: 'query', schema: { enum: ['asc', 'desc'] } },
    ],
  });
  expect([...page.matchAll(/<tr><td>(.*?)<\/td><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map((row) => row.slice(1))).toEqual([
    ['id (required)', 'path', 'string; ^x$'],
    ['limit', 'query', 'integer; 1 to 9; default 5'],
    ['order', 'query', 'asc, desc'],
  ]);
});

it('links bodies to their shapes, and opens the details of success', () => {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' }, example: { n: 1 } } };
  const page = pageOf({
    operationId: 'a',
    requestBody: { content },
    responses: { 200: { description: 'good', content }, 404: { description: 'bad' } },
  });
  expect(page.match(/<a href="#Thing">Thing<\/a>/g)).toHaveLength(2);
  expect(page).toContain('<details open><summary><b>200</b> good');
  expect(page).toContain('<details><summary><b>404</b> bad');
});

it('renders a document without anything', () => {
  expect(renderPage({})).toContain('</html>');
  expect(renderPage(null)).toContain('</html>');
});

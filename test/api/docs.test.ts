import { expect, it } from 'vitest';
import { type PublishedDocument, published } from './support/published.js';
import { served } from './support/served.js';

it('the document is OpenAPI 3.1, names every operation of the table, and its examples are valid', async () => {
  const { ask } = await served();
  const document = (await ask('/openapi.json')).json as PublishedDocument;
  expect(document.openapi).toBe('3.1.0');
  const { operations, expectGoodExamples } = published(document);
  expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual([
    'DELETE /api/claude/feedback/{id}',
    'GET /api/claude/contexts',
    'GET /api/claude/events',
    'GET /api/claude/feedback',
    'GET /api/claude/feedback/by-request/{request_id}',
    'GET /api/claude/feedback/{id}',
    'GET /api/claude/metrics/history',
    'GET /api/claude/metrics/models',
    'GET /api/claude/metrics/sources',
    'GET /api/claude/metrics/summary',
    'GET /api/claude/requests',
    'GET /api/claude/requests/{id}',
    'GET /api/claude/requests/{id}/body',
    'GET /api/claude/requests/{id}/segments',
    'GET /api/claude/responses/{id}',
    'GET /api/claude/responses/{id}/body',
    'GET /api/claude/sessions',
    'GET /api/claude/sessions/{id}',
    'GET /healthz',
    'POST /api/claude/feedback',
    'PUT /api/claude/feedback/{id}',
  ]);
  expectGoodExamples();
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

it('the page shows every operation and shape, and loads nothing', async () => {
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

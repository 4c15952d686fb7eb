import { expect, it } from 'vitest';
import { type PublishedDocument, published } from '../support/published.js';
import { served } from '../support/served.js';

it('is OpenAPI 3.1, has every operation, and valid examples', async () => {
  const { ask } = await served();
  const document = (await ask('/openapi.json')).json as PublishedDocument;
  expect(document.openapi).toBe('3.1.0');
  const { operations, expectGoodExamples } = published(document);
  expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual([
    'DELETE /api/claude/feedback/{id}',
    'GET /api/claude/budgets',
    'GET /api/claude/contexts',
    'GET /api/claude/events',
    'GET /api/claude/feedback',
    'GET /api/claude/feedback/by-request/{request_id}',
    'GET /api/claude/feedback/{id}',
    'GET /api/claude/mcp/calls',
    'GET /api/claude/mcp/calls/{id}',
    'GET /api/claude/mcp/servers',
    'GET /api/claude/mcp/tools',
    'GET /api/claude/metrics/groups',
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
    'GET /api/claude/turns',
    'GET /api/claude/turns/{id}',
    'GET /healthz',
    'POST /api/claude/feedback',
    'PUT /api/claude/feedback/{id}',
    'PUT /api/claude/sessions/{id}',
  ]);
  expectGoodExamples();
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

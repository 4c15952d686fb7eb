import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyRequest } from './support/any-request.js';
import { type PublishedDocument, published } from './support/published.js';
import { served } from './support/served.js';

/** A hang is no answer within this time; an answer takes some milliseconds. */
const PATIENCE_MS = 30_000;

it('any request, valid or not by the published document, gets an answer of that document', async () => {
  const { ask, logged, exchanges } = await served();
  const { operations, expectPublished } = published((await ask('/openapi.json')).json as PublishedDocument);
  const ids = exchanges.slice(0, 3).flatMap(({ request, response }) => [request.id, response?.id ?? request.id]);
  const asked = operations.filter(({ operationId }) => operationId !== 'followEvents');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...asked).chain((operation) => anyRequest(operation, ids)),
      async (request) => {
        const { operation, path, init } = request;
        const answer = await ask(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
        expect(answer.status, answer.text).toBeLessThan(500);
        // A path that leads elsewhere (an empty id) is another operation, or none.
        if (request.isRouted || answer.status !== 404) expectPublished(operation, answer);
      },
    ),
    { numRuns: 400 },
  );
  expect(logged).toEqual([]);
});

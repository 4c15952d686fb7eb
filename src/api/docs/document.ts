import type { Routes } from '../routes/route.js';
import { fillExamples, type Json } from './examples.js';

/** The OpenAPI 3.1 document of an app, made from the schemas that validate its requests. */
export function openApiDocument(app: Routes, version: string): Json {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'claude-trace config token prints it',
  });
  const document: Json = JSON.parse(
    JSON.stringify(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'claude-trace',
          version,
          license: { name: 'MIT' },
          description:
            'What claude-trace captured: requests of Claude Code, what they are made of, what they cost, and how they were rated. ' +
            'Times are ISO 8601 UTC with milliseconds. Errors are {error, details?}.',
        },
        servers: [{ url: '/' }],
        security: [{ token: [] }],
      }),
    ),
  );
  return fillExamples(document);
}

import { newRoutes, type Routes } from '../routes/route.js';
import { openApiDocument } from './document.js';
import type { Json } from './examples.js';
import { renderPage } from './page.js';

/** `/openapi.json` and `/docs`, made on the first request. */
export function documentRoutes(app: Routes, version: string) {
  let document: Json | null = null;
  let page: string | null = null;
  const made = () => {
    document ??= openApiDocument(app, version);
    return document;
  };
  const routes = newRoutes();
  routes.get('/openapi.json', (context) => context.json(made()));
  routes.get('/docs', (context) => {
    page ??= renderPage(made());
    context.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    return context.html(page);
  });
  return routes;
}

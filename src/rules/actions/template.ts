import { Liquid } from 'liquidjs';
import { isRecord, type JsonRecord } from '../../base/json.js';

/** Characters of the templates in one text, and what one may make. The templates are the user's, but not the requests that they read. */
const MAX_TEMPLATE = 10_000;
const MAX_RENDER_MS = 50;
const MAX_RENDER_MEMORY = 10_000_000;

/** Makes a value for a message. @throws Error where the template fails */
export type Template = (scope: TemplateScope) => unknown;

const liquid = new Liquid({
  parseLimit: MAX_TEMPLATE,
  renderLimit: MAX_RENDER_MS,
  memoryLimit: MAX_RENDER_MEMORY,
  strictFilters: true,
  ownPropertyOnly: true,
  keepOutputType: true,
  dynamicPartials: false,
  // No template reads a file.
  templates: {},
  timezoneOffset: 0,
});
for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag];
// Takes time by the square of a hostile text.
delete liquid.filters.strip_html;

/** The fields of a TemplateScope. */
const KNOWN_NAMES: readonly string[] = ['request', 'server', 'session', 'now'] satisfies (keyof TemplateScope)[];

export interface TemplateScope {
  /** As the caller sent it. */
  request: JsonRecord;
  server: string;
  session: { id: string | null };
  /** ISO 8601, UTC. */
  now: string;
}

/** Variables in the templates of a value that do not exist: they are empty. */
export function unknownVariables(value: unknown): string[] {
  if (typeof value === 'string') {
    return liquid.globalVariablesSync(value).filter((name) => !KNOWN_NAMES.includes(name));
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(unknownVariables) : [];
}

/** Compiles the texts in a value, at any depth. @throws Error for the first one that is not Liquid */
export function compileTemplates(value: unknown): Template {
  if (typeof value === 'string') return compileText(value);
  if (Array.isArray(value)) {
    const elements = value.map(compileTemplates);
    return (scope) => elements.map((element) => element(scope));
  }
  if (!isRecord(value)) return () => value;
  const fields = Object.entries(value).map(([name, field]) => [name, compileTemplates(field)] as const);
  return (scope) => Object.fromEntries(fields.map(([name, field]) => [name, field(scope)]));
}

function compileText(text: string): Template {
  if (!text.includes('{{') && !text.includes('{%')) return () => text;
  const parsed = liquid.parse(text);
  return (scope) => liquid.renderSync(parsed, scope) ?? null;
}

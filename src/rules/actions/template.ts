import { Liquid } from 'liquidjs';
import { isRecord, type JsonRecord } from '../../base/json.js';
import type { RuleIdentity } from '../types.js';
import type { Acting } from './action.js';

/** Maximum characters of the templates in one text, and of their output. The user writes the templates, but not the requests they read. */
const MAX_TEMPLATE = 10_000;
const MAX_RENDER_MS = 500;
const MAX_RENDER_MEMORY = 10_000_000;
/** Filters of Liquid have no time limit, so the size of a message limits the lists that they get. */
const MAX_TEMPLATE_INPUT = 1_000_000;

/** Makes a value for a message. @throws Error if the template fails */
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
export const KNOWN_NAMES = ['request', 'server', 'session', 'now'] as const satisfies (keyof TemplateScope)[];
export const GATEWAY_NAMES = [...KNOWN_NAMES, 'http', 'auth'] as const satisfies (keyof TemplateScope)[];

export interface TemplateScope {
  /** As the caller sent it. */
  request: JsonRecord;
  server: string;
  session: { id: string | null };
  /** ISO 8601, UTC. */
  now: string;
  /** At the gateway. Headers are left out: a template must not copy a client's credentials. */
  http?: { method: string; path: string; client_ip: string };
  /** At the gateway; null if the client did not authenticate. */
  auth?: RuleIdentity | null;
}

/** The fields of a message that templates can use. */
export function templateScope({ message, context }: Acting): TemplateScope {
  const { server, session, now, http, auth } = context;
  return {
    get request() {
      if (message.bytes.length > MAX_TEMPLATE_INPUT) throw new Error('the request is too large for a template');
      return message.request ?? {};
    },
    server,
    session: { id: session.id },
    now: new Date(now).toISOString(),
    ...(http && { http: { method: http.method, path: http.path, client_ip: http.clientIp } }),
    ...(auth !== undefined && { auth }),
  };
}

/** Variables in the templates of a value that do not exist: they are empty. */
export function unknownVariables(value: unknown, known: readonly string[]): string[] {
  if (typeof value === 'string') return liquid.globalVariablesSync(value).filter((name) => !known.includes(name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => unknownVariables(inner, known));
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

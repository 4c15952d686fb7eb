import { escapeMarkup } from '../../text/markup.js';
import { isNode, type Json } from './examples.js';

/** The OpenAPI document as a page: one file that has no scripts and loads nothing. */
export function renderPage(document: Json): string {
  const { info, paths, components } = fields(document);
  const operations = Object.entries(fields(paths)).flatMap(([path, methods]) =>
    Object.entries(fields(methods)).map(([method, operation]) => ({ path, method, operation: fields(operation) })),
  );
  const title = `${text(fields(info).title)} ${text(fields(info).version)}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}: HTTP API</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}: HTTP API</h1><p>${text(fields(info).description)}</p>`,
    '<p>Send <code>Authorization: Bearer …</code> with every request; <code>claude-trace config token</code> prints the token. ',
    'For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p><nav><ul>',
    ...operations.map(
      ({ path, method, operation }) =>
        `<li><a href="#${text(operation.operationId)}">${verb(method)} ${escapeMarkup(path)}</a> ${text(operation.summary)}</li>`,
    ),
    '</ul></nav>',
    ...operations.flatMap(({ path, method, operation }) => renderOperation(path, method, operation)),
    '<h2>Shapes</h2>',
    ...Object.entries(fields(fields(components).schemas)).flatMap(([name, schema]) => [
      `<details id="${escapeMarkup(name)}"><summary>${escapeMarkup(name)}</summary>${code(schema)}</details>`,
    ]),
    '</body></html>',
  ].join('\n');
}

function renderOperation(path: string, method: string, operation: Record<string, Json>): string[] {
  const parameters = list(operation.parameters).map(fields);
  const body = fields(operation.requestBody);
  return [
    `<section id="${text(operation.operationId)}"><h2>${verb(method)} ${escapeMarkup(path)}</h2>`,
    `<p>${text(operation.summary)}. ${text(operation.description)}</p>`,
    ...(parameters.length === 0 ? [] : [table(['parameter', 'in', 'takes', 'what'], parameters.map(parameterRow))]),
    ...('content' in body ? [`<h3>Body</h3>${contents(body)}`] : []),
    ...Object.entries(fields(operation.responses)).map(
      ([status, response]) =>
        `<details${status.startsWith('2') ? ' open' : ''}><summary><b>${escapeMarkup(status)}</b> ${text(fields(response).description)}</summary>${contents(fields(response))}</details>`,
    ),
    '</section>',
  ];
}

function parameterRow(parameter: Record<string, Json>): string[] {
  const schema = fields(parameter.schema);
  const { enum: choices, minimum, maximum, format, pattern, default: fallback } = schema;
  const takes = [
    Array.isArray(choices) ? choices.map(String).join(', ') : [schema.type].flat().map(String).join(', '),
    ...(format === undefined ? [] : [String(format)]),
    ...(minimum === undefined ? [] : [`${minimum} to ${maximum}`]),
    ...(pattern === undefined ? [] : [String(pattern)]),
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
  ];
  const required = parameter.required === true ? ' (required)' : '';
  return [
    text(parameter.name) + required,
    text(parameter.in),
    escapeMarkup(takes.join('; ')),
    text(parameter.description),
  ];
}

function contents(holder: Record<string, Json>): string {
  return Object.entries(fields(holder.content))
    .map(([type, media]) => {
      const { schema, example } = fields(media);
      const shape = String(fields(schema).$ref ?? '')
        .split('/')
        .at(-1);
      const link = shape === '' ? '' : ` <a href="#${escapeMarkup(shape ?? '')}">${escapeMarkup(shape ?? '')}</a>`;
      return `<p><code>${escapeMarkup(type)}</code>${link}</p>${typeof example === 'object' ? code(example) : ''}`;
    })
    .join('');
}

function table(heads: string[], rows: string[][]): string {
  const row = (cells: string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${row(heads, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

const verb = (method: string) => `<b class="${escapeMarkup(method)}">${escapeMarkup(method.toUpperCase())}</b>`;
const code = (value: Json) => `<pre>${escapeMarkup(JSON.stringify(value, null, 2))}</pre>`;
const fields = (value: Json | undefined): Record<string, Json> => (isNode(value) ? value : {});
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const text = (value: Json | undefined): string => (typeof value === 'string' ? escapeMarkup(value) : '');

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-top: 1px solid #8886; padding-top: 1rem; font-size: 1.15rem; } nav li { list-style: none; } nav ul { padding: 0; }
b.get { color: #2a7; } b.post { color: #28c; } b.put { color: #b80; } b.delete { color: #c44; }
table { border-collapse: collapse; } th, td { border: 1px solid #8886; padding: .2rem .5rem; text-align: left; vertical-align: top; }
pre { background: #8881; padding: .5rem; overflow: auto; max-height: 24rem; font-size: .85rem; }`;

import * as z from 'zod';
import { gatewayConfig } from './schema.js';

/** JSON schema (draft 2020-12) of a configuration as it is written, for editors. */
export function gatewayJsonSchema(): object {
  return z.toJSONSchema(gatewayConfig, { io: 'input', reused: 'inline', override: allowText });
}

/** What a value may be written as besides: a reference, which is replaced before it is checked, and figures and flags as text. */
const AS_TEXT: Readonly<Record<string, string>> = {
  string: '\\$\\{',
  number: '^[\\d.]+$|\\$\\{',
  integer: '^\\d+$|\\$\\{',
  boolean: '^(?:true|false)$|\\$\\{',
};

type Overriding = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

function allowText({ jsonSchema, path }: Overriding): void {
  const { description: _, default: __, ...value } = jsonSchema;
  const pattern = typeof value.type === 'string' ? AS_TEXT[value.type] : undefined;
  const isAnyText = value.type === 'string' && value.pattern === undefined && value.enum === undefined;
  // Names of fields are not references.
  if (pattern === undefined || isAnyText || path.at(-1) === 'propertyNames') return;
  for (const key of Object.keys(value)) delete jsonSchema[key];
  jsonSchema.anyOf = [value, { type: 'string', pattern }];
}

import { Ajv } from 'ajv';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import addFormats from 'ajv-formats';
import harSchemas from 'har-schema';

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addMetaSchema(draft06);
for (const schema of Object.values(harSchemas)) ajv.addSchema(schema);
const validate = ajv.compile({ $ref: harSchemas.har.$id });

/** What the public schema of HAR 1.2 (https://www.npmjs.com/package/har-schema) has against a document. */
export function harProblems(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

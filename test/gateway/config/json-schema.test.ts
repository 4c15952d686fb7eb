import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { gatewayJsonSchema } from '../../../src/gateway/config/json-schema.js';

const validate = new Ajv2020({ strict: false }).compile(gatewayJsonSchema());
const MINIMAL = 'version: 1\nroutes: { a: { upstreams: [{ command: [node] }] } }\n';

it('accepts the example', () => {
  const example = readFileSync(new URL('../../../docs/gateway.example.yaml', import.meta.url), 'utf8');
  validate(parse(example));
  expect(validate.errors).toBeNull();
});

it.each([
  `listen: { port: "\${PORT:-8080}" }`,
  'listen: { port: "8080" }',
  `record: "\${RECORD}"`,
  'record: "true"',
  `tracing: { endpoint: "http://127.0.0.1", sample: "\${SAMPLE}" }`,
  'tracing: { endpoint: "http://127.0.0.1", sample: "0.5" }',
  `log: { level: "\${LEVEL}" }`,
  `hosts: ["\${HOST}", a.example]`,
  `auth: { api_keys: [{ id: me, hash: "\${HASH}" }] }`,
  `limits: { body: "\${BODY}", stop: "\${STOP}" }`,
])('accepts %s, as the gateway does', (yaml) => {
  validate(parse(MINIMAL + yaml));
  expect(validate.errors).toBeNull();
});

it.each([
  'listen: { port: many }',
  'listen: { port: 70000 }',
  'record: maybe',
  'log: { level: loud }',
  'hosts: ["a.example:80"]',
  'origins: [a.example]',
  `"\${NAME}": 1`,
  'audit: {}',
])('refuses %s', (yaml) => {
  expect(validate(parse(MINIMAL + yaml))).toBe(false);
});

/** A node of an OpenAPI document. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Node = { [key: string]: Json };

/** Adds an example to each schema of a body, made from the examples of its fields. */
export function fillExamples(document: Json): Json {
  visit(document, (node) => {
    const { schema } = node;
    if (isNode(schema) && !('example' in node) && !('in' in node)) node.example = exampleOf(schema, document);
  });
  return document;
}

function visit(value: Json | undefined, onNode: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, onNode);
  else if (isNode(value)) {
    onNode(value);
    for (const [key, each] of Object.entries(value)) if (key !== 'example') visit(each, onNode);
  }
}

function exampleOf(schema: Json | undefined, document: Json): Json {
  if (!isNode(schema)) return null;
  if (schema.example !== undefined) return schema.example;
  if (typeof schema.$ref === 'string') return exampleOf(follow(document, schema.$ref), document);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const [first] = [schema.anyOf, schema.oneOf, schema.allOf].find(Array.isArray) ?? [];
  if (first !== undefined) return exampleOf(first, document);
  const types = [schema.type].flat();
  if (types.includes('null')) return null;
  if (types.includes('object')) {
    const fields = isNode(schema.properties) ? Object.entries(schema.properties) : [];
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(field, document)]));
  }
  if (types.includes('array')) return [exampleOf(schema.items, document)];
  if (types.includes('boolean')) return false;
  return types.includes('string') ? '…' : {};
}

function follow(document: Json, reference: string): Json | undefined {
  return reference
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((node, key) => (isNode(node) ? node[key] : undefined), document);
}

export function isNode(value: Json | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

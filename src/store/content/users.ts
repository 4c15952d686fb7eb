/**
 * Where shared content is referenced. All code that frees content or counts unused content takes its SQL from here: content
 * that is only referenced by a column missing in this file would be removed.
 */

/** Columns that reference a slice, in rows that belong to one request. */
const SLICE_COLUMNS = [
  { table: 'captured_requests', request: 'n', column: 'headers' },
  { table: 'captured_responses', request: 'request', column: 'headers' },
  { table: 'captured_responses', request: 'request', column: 'thread' },
  { table: 'captured_responses', request: 'request', column: 'solution' },
] as const;

/** Columns that reference a slice, in rows that belong to no request. */
const MESSAGE_COLUMNS = [
  { table: 'mcp_messages', column: 'content' },
  { table: 'mcp_messages', column: 'original' },
] as const;

/** Selects the slices of messages of MCP, each with the number of its message. */
export const SLICES_OF_MESSAGES = MESSAGE_COLUMNS.map(
  ({ table, column }) => `SELECT ${column}, n FROM ${table} WHERE ${column} IS NOT NULL`,
).join(' UNION ALL ');

/** Selects `slice` and `request`: the slices of requests outside their bodies. */
export const SLICES_OF_REQUESTS = SLICE_COLUMNS.map(
  ({ table, request, column }) =>
    `SELECT ${column} AS slice, ${request} AS request FROM ${table} WHERE ${column} IS NOT NULL`,
).join(' UNION ALL ');

/** Each takes the SQL of an id and returns the SQL of a condition. */
export const isUsed = {
  link: (id: string) =>
    anyOf(`SELECT 1 FROM body_chains WHERE link = ${id}`, `SELECT 1 FROM chain_links WHERE parent = ${id}`),
  slice: (id: string) => anyOf(`SELECT 1 FROM chain_links WHERE slice = ${id}`, ...rowsWithSlice(id)),
  sliceBesideBodies: (id: string) => anyOf(...rowsWithSlice(id)),
  sourceSet: (id: string) => anyOf(`SELECT 1 FROM captured_responses WHERE source_set = ${id}`),
};

function rowsWithSlice(id: string): string[] {
  return [...SLICE_COLUMNS, ...MESSAGE_COLUMNS].map(
    ({ table, column }) => `SELECT 1 FROM ${table} WHERE ${column} = ${id}`,
  );
}

function anyOf(...selects: string[]): string {
  return `(${selects.map((select) => `EXISTS (${select})`).join(' OR ')})`;
}

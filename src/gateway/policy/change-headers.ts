import { parseRecord, stringOf } from '../../base/json.js';
import { encodeHeaderValue } from '../../mcp/messages/header-value.js';
import { nameInHeader } from '../../mcp/messages/named-by.js';
import type { HeaderList } from '../../model/exchange.js';

/** Null: the header is removed. */
export interface HeaderChange {
  /** In lower case. */
  name: string;
  value: string | null;
}

export function changeHeaders(headers: HeaderList, changes: readonly HeaderChange[]): HeaderList {
  return changes.reduce<HeaderList>((changed, { name, value }) => {
    const others = changed.filter(([each]) => each.toLowerCase() !== name);
    return value === null ? others : [...others, [name, value]];
  }, headers);
}

/**
 * The changes that a changed body needs: from 2026-07-28 on, headers repeat fields of the body, and servers refuse requests in which
 * they differ.
 * @param headers names that the request has, in lower case
 */
export function repeatBody(headers: readonly string[], body: Buffer): HeaderChange[] {
  const message = parseRecord(body.toString());
  if (message === null) return [];
  const repeated = { 'mcp-method': stringOf(message.method), 'mcp-name': nameInHeader(message) };
  return Object.entries(repeated).flatMap(([name, value]) =>
    headers.includes(name) ? [{ name, value: value === null ? null : encodeHeaderValue(value) }] : [],
  );
}

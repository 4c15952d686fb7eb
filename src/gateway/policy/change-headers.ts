import type { IncomingHttpHeaders } from 'node:http';
import { repeatedValues } from '../../mcp/ruled/repeated-value.js';
import type { HeaderList } from '../../model/exchange.js';

/** Null removes the header. */
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

/** The changes to headers that repeat fields of a body which rules have changed. */
export function repeatBody(headers: IncomingHttpHeaders, original: Buffer, changed: Buffer): HeaderChange[] {
  const repeatedValue = repeatedValues(original, changed);
  return Object.entries(headers).flatMap(([name, sent]) => {
    const value = typeof sent === 'string' ? repeatedValue(name, sent) : undefined;
    return value === undefined ? [] : [{ name, value }];
  });
}

import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import { type Location, valueAt } from '../../base/json-location.js';
import { RecentMap } from '../../base/recent-map.js';
import { encodeHeaderValue, headerText } from '../../mcp/messages/header-value.js';

/** An argument of a tool that a header repeats. */
interface Param {
  header: string;
  path: Location;
}

const MAX_TOOLS = 1_000;
const MAX_PARAMS = 50;
const MAX_DEPTH = 8;
/** RFC 9110, section 5.1. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/**
 * The headers `Mcp-Param-…` of calls. A server of 2026-07-28 names arguments in the schema of a tool (`x-mcp-header`), and refuses calls
 * over HTTP whose headers do not repeat them. Clients on stdio send no headers.
 */
export class ParamHeaders {
  readonly #tools = new RecentMap<string, readonly Param[]>(MAX_TOOLS);

  /** Reads the result of `tools/list`; other results define no tools. */
  learn(result: unknown): void {
    const tools = isRecord(result) && Array.isArray(result.tools) ? result.tools : [];
    for (const tool of tools.slice(0, MAX_TOOLS)) {
      const name = isRecord(tool) ? stringOf(tool.name) : null;
      if (name !== null) this.#tools.set(name, paramsIn(tool.inputSchema).slice(0, MAX_PARAMS));
    }
  }

  /** @returns the headers of a call; empty for other messages */
  of({ method, params }: JsonRecord): [header: string, value: string][] {
    if (method !== 'tools/call' || !isRecord(params)) return [];
    const named = this.#tools.get(stringOf(params.name) ?? '') ?? [];
    return named.flatMap(({ header, path }) => {
      const value = headerText(valueAt(params.arguments, path));
      return value === null ? [] : [[header, encodeHeaderValue(value)] as [string, string]];
    });
  }
}

/** Only `properties` lead to such an argument, not `items`, `anyOf` and the like. */
function paramsIn(schema: unknown, path: Location = []): Param[] {
  const properties =
    isRecord(schema) && isRecord(schema.properties) && path.length < MAX_DEPTH ? schema.properties : {};
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = isRecord(property) ? stringOf(property['x-mcp-header']) : null;
    const own = name !== null && TOKEN.test(name) ? [{ header: `mcp-param-${name}`, path: [...path, key] }] : [];
    return [...own, ...paramsIn(property, [...path, key])];
  });
}

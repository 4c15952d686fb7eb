import { isRecord, type JsonRecord } from '../../base/json.js';
import { wellFormed } from '../../base/well-formed.js';
import { MCP_TRANSPORTS, type McpEra, type McpParty } from '../../model/mcp.js';
import type { TapeHead, TapeId, TapeServer } from '../../model/tape.js';
import { escapeLine } from './escape-line.js';
import type { TapeLine } from './lines.js';
import { TapeError } from './tape-error.js';

export function headLine(head: TapeHead): string {
  const { tape, id, created_at, by, session, server, client, protocol, era, tags } = head;
  return escapeLine(JSON.stringify({ tape, id, created_at, by, session, server, client, protocol, era, tags }));
}

/** @throws TapeError */
export function readHead(value: JsonRecord, line: TapeLine): TapeHead {
  if (!Object.hasOwn(value, 'tape')) throw new TapeError('format', line, notATape(value));
  if (value.tape !== 1) {
    throw new TapeError(
      'version',
      line,
      `it is a tape of version ${JSON.stringify(value.tape)}; only version 1 is known`,
    );
  }
  const bad = (problem: string): TapeError => new TapeError('head', line, problem);
  const text = (name: string, from: JsonRecord = value): string => {
    const given = from[name];
    if (typeof given === 'string') return wellFormed(given);
    throw bad(`"${name}" of the head must be a text`);
  };
  const textOrNull = (name: string, from: JsonRecord = value): string | null =>
    (from[name] ?? null) === null ? null : text(name, from);
  const party = (name: string, given: unknown): McpParty | null => {
    if (given === null || given === undefined) return null;
    if (isRecord(given)) return { name: text('name', given), version: textOrNull('version', given) };
    throw bad(`"${name}" must be an object or null`);
  };
  const { id, tags = [], server } = value;
  if (!isTapeId(id)) throw bad('"id" of the head must be tape_ and 26 letters or digits');
  if (!Number.isFinite(Date.parse(text('created_at')))) throw bad('"created_at" of the head is not a time (ISO 8601)');
  if (!isRecord(server)) throw bad('"server" of the head must be an object');
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw bad('"tags" of the head must be a list of texts');
  }
  const info = party('info', server.info);
  return {
    tape: 1,
    id,
    created_at: text('created_at'),
    by: text('by'),
    session: textOrNull('session'),
    server: {
      name: text('name', server),
      transport: transportOf(server, bad),
      command: textOrNull('command', server),
      url: textOrNull('url', server),
      ...(info !== null && { info }),
    },
    client: party('client', value.client),
    protocol: textOrNull('protocol'),
    era: eraOf(value.era, bad),
    tags: tags.map((tag) => wellFormed(String(tag))),
  };
}

/** Ids become parts of file names, so other texts are refused. */
export function isTapeId(value: unknown): value is TapeId {
  return typeof value === 'string' && /^tape_[0-9a-z]{26}$/.test(value);
}

function transportOf({ transport }: JsonRecord, bad: (problem: string) => TapeError): TapeServer['transport'] {
  const known = MCP_TRANSPORTS.find((each) => each === transport);
  if (known === undefined) throw bad(`"transport" of the server must be one of ${MCP_TRANSPORTS.join(', ')}`);
  return known;
}

function eraOf(era: unknown, bad: (problem: string) => TapeError): McpEra | null {
  if (era === null || era === undefined) return null;
  if (era === 'legacy' || era === 'modern') return era;
  throw bad('"era" of the head must be legacy, modern or null');
}

function notATape(value: JsonRecord): string {
  return isForeignTape(value)
    ? 'it is a tape of Shadowcat, which must be imported first'
    : 'it is not a tape: the first line has no "tape"';
}

/** Shadowcat's v0 (`metadata` and `frames`) and v1 (`format.schema_version`). */
function isForeignTape(value: JsonRecord): boolean {
  return isRecord(value.format) || (isRecord(value.metadata) && Array.isArray(value.frames));
}

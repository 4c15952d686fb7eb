import { RECORDED_BY } from '../mcp/tape/index.js';
import { requestId } from '../model/ids.js';
import type { McpConnectionId } from '../model/mcp.js';
import type { McpConnectionRow, McpMessageWithBytes } from '../model/mcp-rows.js';
import type { TapeFrame, TapeHead, TapeHttp, TapeId } from '../model/tape.js';
import type { McpFilter, McpMessagePlace, Reader } from '../store/index.js';

/** The tape of a stored connection. Its messages are read when they are asked for. */
export interface StoredTape {
  connection: McpConnectionRow;
  head: TapeHead;
  /** Each iteration begins with the first one. */
  frames: Iterable<TapeFrame>;
  /** Messages that the last iteration left out because their content is damaged. */
  readonly damaged: number;
}

/** Connections read at a time. */
const PAGE = 1_000;

/**
 * One tape for each connection, the newest first: those of a session of Claude Code, of a run, or of all that is stored.
 * @throws InvalidFilterError
 */
export function* storedTapes(
  reader: Reader,
  filter: Pick<McpFilter, 'sessionId' | 'runId' | 'server'>,
): Generator<StoredTape> {
  for (const connection of storedConnections(reader, filter)) yield storedTape(reader, connection);
}

/** The newest first. @throws InvalidFilterError */
export function* storedConnections(reader: Reader, filter: McpFilter): Generator<McpConnectionRow> {
  for (let offset = 0; ; offset += PAGE) {
    const connections = reader.mcpConnections(filter, { limit: PAGE, offset });
    yield* connections;
    if (connections.length < PAGE) return;
  }
}

function storedTape(reader: Reader, connection: McpConnectionRow): StoredTape {
  let damaged = 0;
  return {
    connection,
    head: headOf(connection, firstTime(reader, connection)),
    frames: {
      *[Symbol.iterator]() {
        damaged = 0;
        for (const frame of framesOf(reader, connection.id)) {
          if (frame === null) damaged += 1;
          else yield frame;
        }
      },
    },
    get damaged() {
      return damaged;
    },
  };
}

function firstTime(reader: Reader, { id, startedAt }: McpConnectionRow): Date {
  return reader.walkMcpMessages(id, null, 1)[0]?.message.at ?? startedAt;
}

/** A connection has one tape: its id is made of the connection's. */
function headOf(connection: McpConnectionRow, begun: Date): TapeHead {
  const { id, sessionId, name, transport, target, server, client, protocol, era } = connection;
  const isProgram = transport === 'stdio';
  return {
    tape: 1,
    id: tapeIdOf(id),
    created_at: begun.toISOString(),
    by: RECORDED_BY,
    session: sessionId,
    server: {
      name,
      transport,
      command: isProgram ? target : null,
      url: isProgram ? null : target,
      ...(server !== null && { info: server }),
    },
    client,
    protocol,
    era,
    tags: [],
  };
}

function tapeIdOf(connection: McpConnectionId): TapeId {
  return `tape_${connection.slice('mcps_'.length)}`;
}

/** Messages read at a time: with up to 16 MB each, few. */
const BATCH = 50;

/** Null for a message whose content is damaged. */
function* framesOf(reader: Reader, connection: McpConnectionId): Generator<TapeFrame | null> {
  let seq = 0;
  let begun: number | null = null;
  let place: McpMessagePlace | null = null;
  do {
    const batch = reader.walkMcpMessages(connection, place, BATCH);
    const exchanges = exchangesOf(
      reader,
      batch.map(({ message }) => message),
    );
    for (const { at, message } of batch) {
      begun ??= at;
      const facts = message.exchange === null ? undefined : exchanges.get(message.exchange)?.[message.sender];
      yield message.bytes === null
        ? null
        : { seq: seq++, at: elapsed(begun, at), ...frameOf(message, message.bytes, facts) };
    }
    place = batch.at(-1) ?? null;
  } while (place !== null);
}

/** In microseconds: a difference of two large numbers has meaningless digits after them. */
function elapsed(from: number, to: number): number {
  return Math.round((to - from) * 1_000) / 1_000;
}

function frameOf(
  { sender, exchange, synthetic, altered, redacted, truncated }: McpMessageWithBytes,
  bytes: Uint8Array,
  facts: Omit<TapeHttp, 'exchange'> | undefined,
): Omit<TapeFrame, 'seq' | 'at'> {
  return {
    dir: sender === 'client' ? 'c' : 's',
    bytes,
    ...(exchange !== null && { http: { exchange, ...facts } }),
    ...(synthetic && { synthetic }),
    ...(altered && { altered }),
    ...(redacted && { redacted }),
    ...(truncated && { truncated }),
  };
}

type HttpFacts = Record<'client' | 'server', Omit<TapeHttp, 'exchange'>>;

/** What is known of the exchanges that carried messages; nothing where retention has removed them. */
function exchangesOf(reader: Reader, messages: readonly McpMessageWithBytes[]): Map<string, HttpFacts> {
  const ids = new Set(messages.flatMap(({ exchange }) => exchange ?? []));
  if (ids.size === 0) return new Map();
  const rows = reader.rows([...ids].map(requestId));
  return new Map(
    rows.map(({ correlationId, method, url, status }) => [
      correlationId,
      { client: { method, url }, server: { method, ...(status !== null && { status }) } },
    ]),
  );
}

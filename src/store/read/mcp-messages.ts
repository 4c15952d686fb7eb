import type { McpConnectionId } from '../../model/mcp.js';
import type { McpConnectionRow, McpMessageDetail, McpMessageRow, McpMessageWithBytes } from '../../model/mcp-rows.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError, NotFoundError } from '../errors.js';
import type { Database } from '../sqlite.js';
import type { Page } from './filter.js';
import { type McpFilter, whereOfConnections } from './mcp-filter.js';
import { hitsOfMessage } from './rule-hits.js';

type Flags = 'truncated' | 'redacted' | 'synthetic' | 'altered' | 'dropped';

interface StoredMessage extends Omit<McpMessageRow, 'at' | Flags>, Record<Flags, number> {
  n: number;
  at: number;
  content: number;
  original: number | null;
}

const MESSAGES = `
  SELECT
    m.n, m.id, s.id AS connectionId, m.exchange, m.sender, m.kind, m.rpc_id AS rpcId, m.method, m.name, m.at, m.size, m.truncated,
    m.redacted, m.synthetic, m.altered, m.dropped, m.content, m.original
  FROM mcp_messages m JOIN mcp_servers s ON s.n = m.connection`;

/** The messages of a connection, the first first. @throws NotFoundError when the connection is not stored */
export function listMcpMessages(
  db: Database,
  connection: McpConnectionId,
  page: Page,
): { rows: McpMessageRow[]; total: number } {
  const n = db.prepare<[string], number>('SELECT n FROM mcp_servers WHERE id = ?').pluck().get(connection);
  if (n === undefined) throw new NotFoundError(connection, 'connection');
  const total = db.prepare<[number], number>('SELECT count(*) FROM mcp_messages WHERE connection = ?').pluck().get(n);
  const rows = db
    .prepare<[number, number, number], StoredMessage>(
      `${MESSAGES} WHERE m.connection = ? ORDER BY m.at, m.n LIMIT ? OFFSET ?`,
    )
    .all(n, page.limit, page.offset);
  return { rows: rows.map(messageRow), total: total ?? 0 };
}

/** A place in the messages of a connection. */
export interface McpMessagePlace {
  /** Unix ms with fractions. */
  at: number;
  n: number;
}

/** The next messages of a connection behind a place, in the order of their times, with their bytes; without a place, the first ones. */
export function walkMcpMessages(
  db: Database,
  content: ContentReader,
  connection: McpConnectionId,
  after: McpMessagePlace | null,
  limit: number,
): (McpMessagePlace & { message: McpMessageWithBytes })[] {
  const rows = db
    .prepare<[string, number, number, number], StoredMessage>(
      `${MESSAGES} WHERE s.id = ? AND (m.at, m.n) > (?, ?) ORDER BY m.at, m.n LIMIT ?`,
    )
    .all(connection, after?.at ?? Number.NEGATIVE_INFINITY, after?.n ?? 0, limit);
  return rows.map((stored) => ({
    at: stored.at,
    n: stored.n,
    message: { ...messageRow(stored), bytes: bytesOf(content, stored.content) },
  }));
}

/** By its whole id. @throws NotFoundError */
export function findMcpMessage(db: Database, content: ContentReader, id: string): McpMessageDetail {
  const n = db.prepare<[string], number>('SELECT n FROM mcp_messages WHERE id = ?').pluck().get(id);
  const message = n === undefined ? null : readMcpMessage(db, content, n);
  if (message === null) throw new NotFoundError(id, 'message');
  return message;
}

/** Null when retention has removed it. */
export function readMcpMessage(db: Database, content: ContentReader, n: number): McpMessageDetail | null {
  const stored = db.prepare<[number], StoredMessage>(`${MESSAGES} WHERE m.n = ?`).get(n);
  if (stored === undefined) return null;
  return {
    ...messageRow(stored),
    bytes: bytesOf(content, stored.content),
    original: stored.original === null ? null : bytesOf(content, stored.original),
    hits: hitsOfMessage(db, n),
  };
}

function bytesOf(content: ContentReader, slice: number): Uint8Array | null {
  try {
    return content.slice(slice);
  } catch (error) {
    if (error instanceof DamagedContentError) return null;
    throw error;
  }
}

function messageRow({
  at,
  truncated,
  redacted,
  synthetic,
  altered,
  dropped,
  n: _,
  content: __,
  original: ___,
  ...plain
}: StoredMessage): McpMessageRow {
  return {
    ...plain,
    at: new Date(at),
    truncated: truncated === 1,
    redacted: redacted === 1,
    synthetic: synthetic === 1,
    altered: altered === 1,
    dropped: dropped === 1,
  };
}

interface StoredConnection
  extends Omit<McpConnectionRow, 'client' | 'server' | 'startedAt' | 'readyAt' | 'endedAt' | 'synthetic'> {
  synthetic: number;
  clientName: string | null;
  clientVersion: string | null;
  serverName: string | null;
  serverVersion: string | null;
  startedAt: number;
  readyAt: number | null;
  endedAt: number | null;
}

const CONNECTIONS = `
  SELECT
    s.id, run.id AS runId, s.session_id AS sessionId, s.name, s.scope, s.transport, s.target, s.era, s.protocol,
    s.client_name AS clientName, s.client_version AS clientVersion, s.server_name AS serverName,
    s.server_version AS serverVersion, s.started_at AS startedAt, s.ready_at AS readyAt, s.ended_at AS endedAt, s.exit,
    s.lost + s.dropped AS lost, s.synthetic
  FROM mcp_servers s JOIN runs run ON run.n = s.run`;

/** Connections that match or have a call that matches, the newest first. @throws InvalidFilterError */
export function listMcpConnections(db: Database, filter: McpFilter, page: Page): McpConnectionRow[] {
  const { sql, parameters } = whereOfConnections(filter);
  return db
    .prepare<(string | number)[], StoredConnection>(
      `${CONNECTIONS} WHERE ${sql} ORDER BY s.started_at DESC, s.n DESC LIMIT ? OFFSET ?`,
    )
    .all(...parameters, page.limit, page.offset)
    .map(connectionRow);
}

export function readMcpConnection(db: Database, n: number): McpConnectionRow | undefined {
  const stored = db.prepare<[number], StoredConnection>(`${CONNECTIONS} WHERE s.n = ?`).get(n);
  return stored && connectionRow(stored);
}

function connectionRow({
  clientName,
  clientVersion,
  serverName,
  serverVersion,
  startedAt,
  readyAt,
  endedAt,
  synthetic,
  ...plain
}: StoredConnection): McpConnectionRow {
  const dateOf = (unixMs: number | null) => (unixMs === null ? null : new Date(unixMs));
  return {
    ...plain,
    client: clientName === null ? null : { name: clientName, version: clientVersion },
    server: serverName === null ? null : { name: serverName, version: serverVersion },
    startedAt: new Date(startedAt),
    readyAt: dateOf(readyAt),
    endedAt: dateOf(endedAt),
    synthetic: synthetic === 1,
  };
}

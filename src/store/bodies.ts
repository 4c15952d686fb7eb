import { hash } from 'node:crypto';
import type { CapturedBody } from '../model/exchange.js';
import type { BodyInfo } from '../model/request.js';
import type { ContentReader } from './content/content-reader.js';
import type { ContentWriter } from './content/content-writer.js';
import { splitBody } from './content/split-body.js';
import { DamagedContentError } from './errors.js';
import type { Database } from './sqlite.js';

/** Values of `captured_bodies.side`. */
const SIDE = { request: 0, response: 1 } as const;
export type BodySide = keyof typeof SIDE;

export type SaveBody = (request: number, side: BodySide, body: CapturedBody, compressed: boolean) => void;

/**
 * Request bodies are split, since they repeat; a response is always new and stays whole. `stored_sha256` is only set where the
 * stored bytes are not those of the wire.
 */
export function createBodyWriter(db: Database, content: ContentWriter): SaveBody {
  const insert = db.prepare(`
    INSERT INTO captured_bodies (request, side, size, sha256, stored_sha256, truncated, redacted)
    VALUES (@request, @side, @size, unhex(@sha256), unhex(@storedSha256), @truncated, @redacted)`);
  const insertChain = db.prepare<[number, number, number, number]>(
    'INSERT INTO body_chains (request, side, position, link) VALUES (?, ?, ?, ?)',
  );
  return (request, side, body, compressed) => {
    const chains = compressed || side === 'response' ? [[body.bytes]] : splitBody(body.bytes);
    const altered = body.truncated || body.redacted || body.sha256 === null;
    insert.run({
      request,
      side: SIDE[side],
      size: body.size,
      sha256: body.sha256,
      storedSha256: altered ? hash('sha256', body.bytes) : null,
      truncated: body.truncated ? 1 : 0,
      redacted: body.redacted ? 1 : 0,
    });
    if (body.bytes.length === 0) return;
    for (const [position, chain] of chains.entries()) {
      insertChain.run(request, SIDE[side], position, content.chain(chain, compressed));
    }
  };
}

interface StoredBody {
  size: number;
  sha256: string | null;
  stored_sha256: string | null;
  truncated: number;
  redacted: number;
}

const SELECT = `
  SELECT size, lower(hex(sha256)) AS sha256, lower(hex(stored_sha256)) AS stored_sha256, truncated, redacted
  FROM captured_bodies WHERE request = ? AND side = ?`;

/** Null when there is no such body, such as that of a response still to come. */
export function bodyInfo(db: Database, request: number, side: BodySide): BodyInfo | null {
  const row = db.prepare<[number, number], StoredBody>(SELECT).get(request, SIDE[side]);
  if (row === undefined) return null;
  const { size, truncated, redacted } = row;
  return { size, sha256: row.sha256 || null, truncated: truncated === 1, redacted: redacted === 1 };
}

/**
 * The stored bytes: those of the wire, unless the body is truncated or redacted. Null when there is no such body.
 *
 * @throws DamagedContentError when they do not have the recorded hash
 */
export function readBody(db: Database, content: ContentReader, request: number, side: BodySide): Uint8Array | null {
  const row = db.prepare<[number, number], StoredBody>(SELECT).get(request, SIDE[side]);
  if (row === undefined) return null;
  const links = db
    .prepare<[number, number], number>('SELECT link FROM body_chains WHERE request = ? AND side = ? ORDER BY position')
    .pluck()
    .all(request, SIDE[side]);
  const bytes = content.body(links);
  const expected = row.stored_sha256 || row.sha256;
  if (hash('sha256', bytes) !== expected) throw new DamagedContentError(`${side} body`);
  return bytes;
}

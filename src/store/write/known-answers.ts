import type { ExchangeOrigin } from '../../model/exchange.js';
import type { ContentWriter } from '../content/content-writer.js';
import { createEndedRequests } from '../retention/ended-requests.js';
import { createRelease } from '../retention/release.js';
import type { Database } from '../sqlite.js';
import { type Aggregates, clearEmptyHours, settleSource } from './aggregates.js';

/**
 * Records the id that the API gave to an answer. A captured answer takes the place of the same one from a transcript, with its
 * rating. Must be called inside `recount` (aggregates.ts) of the new request.
 */
export type NoteAnswer = (request: number, messageId: string) => void;

export function createAnswerNotes(db: Database, content: ContentWriter, aggregates: Aggregates): NoteAnswer {
  const find = db.prepare<[string], { request: number; origin: ExchangeOrigin }>(`
    SELECT a.request, r.origin FROM answer_ids a JOIN captured_requests r ON r.n = a.request WHERE a.id = ?`);
  const originOf = db.prepare<[number], ExchangeOrigin>('SELECT origin FROM captured_requests WHERE n = ?').pluck();
  const note = db.prepare<[string, number]>(
    'INSERT INTO answer_ids (id, request) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const move = db.prepare<[number, string]>('UPDATE answer_ids SET request = ? WHERE id = ?');
  const moveRating = db.prepare<[number, number]>('UPDATE quality_feedback SET request = ? WHERE request = ?');
  const requests = createEndedRequests(db);
  const release = createRelease(db, content);

  return (request, messageId) => {
    const earlier = find.get(messageId);
    if (earlier === undefined) {
      note.run(messageId, request);
    } else if (earlier.origin === 'transcript' && originOf.get(request) === 'wire') {
      aggregates.recount(earlier.request, () => {
        moveRating.run(request, earlier.request);
        release(requests.remove(earlier.request));
      });
      move.run(request, messageId);
      clearEmptyHours(db);
      for (const source of aggregates.takeLosers()) settleSource(db, source);
    }
  };
}

/** Which of these ids of the API belong to an answer that is stored, or was until retention removed it. */
export function knownAnswers(db: Database, ids: readonly string[]): Set<string> {
  const select = db
    .prepare<[string], string>('SELECT id FROM answer_ids WHERE id IN (SELECT value FROM json_each(?))')
    .pluck();
  return new Set(select.all(JSON.stringify(ids)));
}

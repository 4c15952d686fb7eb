import { requestId } from '../../model/ids.js';
import type { RuleHits } from '../../model/rule-hits.js';
import type { Database } from '../sqlite.js';
import { createChangeLog } from './changes.js';

/** Stores what rules did. A repeated write changes nothing, and hits of what is not stored are left out. */
export function createRuleHitWriter(db: Database): (hits: RuleHits) => void {
  const log = createChangeLog(db);
  const messageOf = db.prepare<[string], number>('SELECT n FROM mcp_messages WHERE id = ?').pluck();
  const requestOf = db.prepare<[string], number>('SELECT n FROM captured_requests WHERE id = ?').pluck();
  const save = db.prepare(`
    INSERT INTO rule_hits (message, request, of_answer, place, rule, action, detail, at)
    VALUES (@message, @request, @ofAnswer, @place, @rule, @action, @detail, @at) ON CONFLICT DO NOTHING`);
  return ({ of, at, hits }) => {
    const ofAnswer = of.startsWith('resp_');
    const message = of.startsWith('mcpm_') ? messageOf.get(of) : null;
    const request = message === null ? requestOf.get(ofAnswer ? requestId(of.slice('resp_'.length)) : of) : null;
    if (message === undefined || request === undefined) return;
    for (const [place, hit] of hits.entries()) {
      const { changes, lastInsertRowid } = save.run({
        ...hit,
        message,
        request,
        ofAnswer: Number(ofAnswer),
        place,
        at,
      });
      if (changes > 0 && hit.action === 'alert') log('rule.alert', `alert_${lastInsertRowid}`);
    }
  };
}

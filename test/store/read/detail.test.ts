import { describe, expect, it } from 'vitest';
import { openDatabase, openReader } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const DAMAGED = ['999999', '(SELECT solution FROM captured_responses)']; // nothing, and JSON of something else

describe('a request', () => {
  it.each([
    ['request', 'captured_requests', { requestHeaders: [] }],
    ['response', 'captured_responses', { response: { headers: [], status: 200 } }],
  ])('is hidden by no damaged %s headers, nor are its bodies', (side, table, shown) => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    const response = aResponse(request);
    store.saveRequest(request);
    store.saveResponse(response, anAttribution([aShare('user', 7)]));
    store.close();
    const db = openDatabase(file, { readonly: false });
    const reader = openReader(file);
    const whole = reader.request(request.id);
    expect(whole.damaged).toEqual([]);
    for (const slice of DAMAGED) {
      db.exec(`UPDATE ${table} SET headers = ${slice}`);
      const detail = reader.request(request.id);
      expect(detail).toMatchObject({ id: request.id, damaged: [`${side} headers`], ...shown });
      expect(detail.solution).toEqual(whole.solution);
      expect(reader.requestBody(request.id)).toEqual(request.body.bytes);
      expect(reader.responseBody(request.id)).toEqual(response.body.bytes);
    }
    reader.close();
    db.close();
  });

  it.each(['{', '7'])('is not hidden by damaged terms of its bill: %s', (damage) => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([aShare('user', 7)]));
    store.close();
    const db = openDatabase(file, { readonly: false });
    db.prepare('UPDATE captured_responses SET terms = ?, unpriced = ?').run(damage, damage);
    db.close();
    const reader = openReader(file);
    expect(reader.query({ kind: 'all' }, { limit: 1 }).rows).toMatchObject([{ id: request.id, unpriced: ['damaged'] }]);
    expect(reader.request(request.id)).toMatchObject({ damaged: ['bill'], response: { billingTerms: null } });
    reader.close();
  });
});

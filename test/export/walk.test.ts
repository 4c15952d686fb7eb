import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reached, requestsToExport } from '../../src/export/walk.js';
import type { CapturedRequest } from '../../src/model/exchange.js';
import { openReader } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

/** Events in a history while exports run one after the other. Each export may be interrupted after some requests. */
type Happening = { what: 'begin' } | { what: 'end'; which: number } | { what: 'export'; most: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.constant<Happening>({ what: 'begin' }),
  fc.record({ what: fc.constant<'end'>('end'), which: fc.nat(20) }),
  fc.record({ what: fc.constant<'export'>('export'), most: fc.integer({ min: 0, max: 6 }) }),
);

describe('exports that continue one another', () => {
  it('deliver each request once, after it has ended, wherever they are interrupted', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const { store, run, file } = startedStore();
        const reader = openReader(file);
        const open: CapturedRequest[] = [];
        const ended = new Set<string>();
        const delivered: string[] = [];
        let reached: Reached = { after: null, time: null, leftOut: [] };
        const exportSome = (most: number) => {
          const steps = requestsToExport(reader, {
            filter: {},
            after: reached.after,
            leftOut: reached.leftOut,
            withOpen: false,
          });
          let count = 0;
          for (const step of steps) {
            if (count++ === most) break;
            if (step.row) delivered.push(step.row.id);
            reached = step.reached;
          }
        };
        const end = (request: CapturedRequest) => {
          store.saveResponse(aResponse(request), anAttribution([]));
          ended.add(request.id);
        };

        for (const each of happenings) {
          if (each.what === 'begin') {
            const request = aRequest(run.id);
            store.saveRequest(request);
            open.push(request);
          } else if (each.what === 'end') {
            for (const request of open.splice(each.which, 1)) end(request);
          } else {
            exportSome(each.most);
          }
        }
        exportSome(Number.POSITIVE_INFINITY);
        expect(delivered.toSorted()).toEqual([...ended].toSorted());
        expect([...reached.leftOut].toSorted()).toEqual(open.map(({ id }) => id).toSorted());
        reader.close();
        store.close();
      }),
      { numRuns: 40 },
    );
  });

  it('deliver open requests on demand', () => {
    const { store, run, file } = startedStore();
    const request = aRequest(run.id);
    store.saveRequest(request);
    const reader = openReader(file);
    const all = [...requestsToExport(reader, { filter: {}, after: null, leftOut: [], withOpen: true })];
    expect(all.map(({ row, reached }) => [row?.id, reached.leftOut])).toEqual([[request.id, []]]);
    reader.close();
    store.close();
  });
});

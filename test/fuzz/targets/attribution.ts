import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hostileText, segmentingFault } from '../../attribution/support/segmenting-growth.js';
import { requestBody, usage } from '../../support/bodies.js';
import { bodyFaults } from '../../support/invariants.js';
import { mutated, mutations } from '../../support/mutations.js';
import { fuzzTarget } from '../target.js';

const input = fc.record({
  body: fc.tuple(requestBody, mutations(8)).map(([body, changes]) => mutated(body, changes)),
  bill: fc.option(usage),
});

export const segments = fuzzTarget('segments', 60, input, ({ body, bill }) => {
  assert.deepEqual(bodyFaults(body, { usage: bill, model: 'claude-sonnet-4-5' }), []);
});

/** In CI, test/attribution/linear/growth.test.ts tries hundreds of these. */
export const segmentsTime = fuzzTarget('segments-time', 1, hostileText, ({ where, textOf }) => {
  assert.equal(segmentingFault(where, textOf), null);
});

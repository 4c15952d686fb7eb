import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThreads } from '../../src/attribution/index.js';
import { parseJson } from '../../src/base/json.js';
import { RepeatedJson } from '../../src/base/repeated-json.js';
import { type Mutation, mutated, mutations } from '../support/mutations.js';
import { MILD } from '../support/truth/rates.js';
import { makeSession } from '../support/truth/session.js';
import { createBiller } from '../support/truth/truth.js';

/** With side calls, subagents, cleared results and a compaction. */
const SESSION = makeSession({ seed: 7, biller: createBiller(MILD), turns: 5, counts: false, clears: true });

/** The session attributed, each body read by `parse`. Every third body is damaged if there are changes. */
function attributions(parse: (json: string) => unknown, changes: readonly Mutation[] = []) {
  const threads = createThreads({});
  return SESSION.map(({ exchange }, index) => {
    const isDamaged = changes.length > 0 && index % 3 === 1;
    const text = JSON.stringify(isDamaged ? mutated(exchange.body, changes) : exchange.body) ?? '';
    return threads.attribute({ ...exchange, body: parse(text), text });
  });
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

test('a body that shares its elements with earlier ones is attributed as one that does not, and is not changed', () => {
  const json = new RepeatedJson();
  const shared = attributions((text) => frozen(json.parse(Buffer.from(text))));
  expect(shared).toEqual(attributions(parseJson));
});

test('so is one between damaged bodies', () => {
  fc.assert(
    fc.property(mutations(4), (changes) => {
      const json = new RepeatedJson();
      const shared = attributions((text) => frozen(json.parse(Buffer.from(text))), changes);
      expect(shared).toEqual(attributions(parseJson, changes));
    }),
    { numRuns: 4 },
  );
});

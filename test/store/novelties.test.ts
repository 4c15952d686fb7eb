import { describe, expect, it } from 'vitest';
import type { SeenNovelties } from '../../src/model/novelty.js';
import { openReader, openStore, type Store } from '../../src/store/index.js';
import { finish, keepDays } from './support/old-history.js';
import { tempDatabase } from './support/temp-database.js';

const DAY_MS = 86_400_000;
const HEADER = { kind: 'header', name: 'x-claude-zorb' } as const;
const FIELD = { kind: 'field', name: 'zorb' } as const;

function withStore(work: (store: Store) => void) {
  const file = tempDatabase();
  const store = openStore(file);
  work(store);
  const reader = openReader(file);
  const found = { of1: reader.novelties('1.0.0'), of2: reader.novelties('2.0.0') };
  reader.close();
  store.close();
  return found;
}

const seen = (more: Partial<SeenNovelties> = {}): SeenNovelties => {
  return { version: '2.1.400', novelties: [], tokens: 100, unmatchedTokens: 1, at: 1_000, tracer: '1.0.0', ...more };
};

describe('novelties', () => {
  it('are counted by version of Claude Code, the last seen first', () => {
    const { of1 } = withStore((store) => {
      store.saveNovelties(seen({ novelties: [FIELD, HEADER] }));
      store.saveNovelties(seen({ novelties: [HEADER], at: 2_000 }));
      store.saveNovelties(seen({ version: '2.1.401', at: 3_000 }));
    });
    expect(of1).toEqual([
      { version: '2.1.401', requests: 1, tokens: 100, unmatchedTokens: 1, novelties: [] },
      {
        version: '2.1.400',
        requests: 2,
        tokens: 200,
        unmatchedTokens: 2,
        novelties: [
          { ...HEADER, requests: 2 },
          { ...FIELD, requests: 1 },
        ],
      },
    ]);
  });

  it('start again with another version of claude-trace, which may know them', () => {
    const { of1, of2 } = withStore((store) => {
      store.saveNovelties(seen({ novelties: [HEADER] }));
      store.saveNovelties(seen({ tracer: '2.0.0' }));
    });
    expect(of1).toEqual([]);
    expect(of2).toMatchObject([{ requests: 1, novelties: [] }]);
  });

  it('are bounded if clients invent versions and names', () => {
    const { of1 } = withStore((store) => {
      for (let n = 0; n < 60; n++) store.saveNovelties(seen({ version: `9.0.${n}`, at: n }));
      for (let n = 0; n < 30; n++) {
        const novelties = Array.from({ length: 10 }, (_, index) => ({ ...FIELD, name: `zorb_${n}_${index}` }));
        store.saveNovelties(seen({ version: '9.1.0', at: 100, novelties }));
      }
    });
    expect(of1).toHaveLength(50);
    expect(of1[0]).toMatchObject({ version: '9.1.0', requests: 30 });
    expect(of1[0]?.novelties).toHaveLength(200);
    expect(of1.at(-1)?.version).toBe('9.0.11');
  });

  it('of versions that are no longer used are removed, as old requests are', () => {
    const { of1 } = withStore((store) => {
      store.saveNovelties(seen({ at: Date.now() - 60 * DAY_MS, novelties: [HEADER] }));
      store.saveNovelties(seen({ version: '2.1.401', at: Date.now() }));
      finish(store.retention.prune(keepDays(30)));
    });
    expect(of1.map(({ version }) => version)).toEqual(['2.1.401']);
  });
});

import { openDatabase } from '../../../src/store/index.js';

/** Ids of shared content, found by following all references. */
export interface ContentUse {
  unused: { links: number[]; slices: number[]; sourceSets: number[] };
  /** Referenced, but missing. */
  missing: { links: number[]; slices: number[] };
}

export const ALL_IN_USE: ContentUse = {
  unused: { links: [], slices: [], sourceSets: [] },
  missing: { links: [], slices: [] },
};

export function contentUse(file: string): ContentUse {
  const db = openDatabase(file, { readonly: true });
  const ids = (sql: string) => db.prepare<[], number>(sql).pluck().all();
  const links = new Map(
    db
      .prepare<[], [number, number, number]>('SELECT id, parent, slice FROM chain_links')
      .raw()
      .all()
      .map(([id, parent, slice]) => [id, { parent, slice }] as const),
  );
  const usedLinks = new Set<number>();
  const usedSlices = new Set(
    ids(`
      SELECT headers FROM captured_requests UNION SELECT headers FROM captured_responses
      UNION SELECT thread FROM captured_responses WHERE thread IS NOT NULL
      UNION SELECT solution FROM captured_responses WHERE solution IS NOT NULL UNION SELECT content FROM mcp_messages
      UNION SELECT original FROM mcp_messages WHERE original IS NOT NULL`),
  );
  for (const last of ids('SELECT link FROM body_chains')) {
    for (let id = last; id !== 0 && !usedLinks.has(id); ) {
      usedLinks.add(id);
      const link = links.get(id);
      if (link) usedSlices.add(link.slice);
      id = link?.parent ?? 0;
    }
  }
  const usedSets = new Set(ids('SELECT source_set FROM captured_responses WHERE source_set IS NOT NULL'));
  const slices = ids('SELECT id FROM slices');
  const sourceSets = ids('SELECT id FROM source_sets');
  db.close();
  const without = (all: Iterable<number>, others: { has(id: number): boolean }) =>
    [...all].filter((id) => !others.has(id));
  return {
    unused: {
      links: without(links.keys(), usedLinks),
      slices: without(slices, usedSlices),
      sourceSets: without(sourceSets, usedSets),
    },
    missing: { links: without(usedLinks, links), slices: without(usedSlices, new Set(slices)) },
  };
}

import type { Reader, SourceUseFilter } from '../store/index.js';
import type { Evidence } from './index.js';

/** What advice is made from, of the requests that match. @throws StoreError */
export function gatherEvidence(reader: Reader, filter: SourceUseFilter): Evidence {
  const { rows, total } = reader.stats(filter, { by: 'source' });
  return {
    uses: reader.sourceUses(filter),
    cacheMisses: reader.cacheMisses(filter),
    ratings: rows.map(({ key, ...figures }) => ({ source: key ?? 'unknown', ...figures })),
    cost_usd: total.cost_usd,
  };
}

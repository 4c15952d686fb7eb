import type { ThreadAttribution } from '../../model/thread.js';
import type { ContentWriter } from '../content/content-writer.js';
import { createRelease } from '../retention/release.js';
import { createTextIndex } from '../search/text-index.js';
import { encodeSolution } from '../solution.js';
import type { Database } from '../sqlite.js';
import { encodeUnpriced } from '../terms.js';
import { createThreadWriter } from './save-thread.js';
import { createShareWriter } from './shares.js';

export type SaveAttribution = (request: number, attribution: ThreadAttribution) => void;

/**
 * Stores the attribution of an exchange whose response is stored, and replaces an earlier one. Must be called inside `recount`
 * (aggregates.ts).
 */
export function createAttributionWriter(db: Database, content: ContentWriter): SaveAttribution {
  const saveShares = createShareWriter(db);
  const saveThread = createThreadWriter(db);
  const indexTexts = createTextIndex(db);
  const release = createRelease(db, content);
  const readUsed = db.prepare<[number], { thread: number | null; solution: number | null; source_set: number | null }>(
    'SELECT thread, solution, source_set FROM captured_responses WHERE request = ?',
  );
  const update = db.prepare(`
    UPDATE captured_responses SET
      input_tokens = iif(billed, input_tokens, @inputTokens), input_cost_usd = @inputCostUsd,
      output_cost_usd = @outputCostUsd, output_tokens = iif(output_known = 'exact', output_tokens, @outputTokens),
      output_known = iif(output_known = 'exact', output_known, @outputKnown), priced_as = @pricedAs,
      unpriced = @unpriced, attribution_version = @version, thread = @thread, solution = @solution
    WHERE request = @request`);

  return (request, attribution) => {
    const before = readUsed.get(request);
    const { inputTokens, inputCostUsd, outputCostUsd, output, pricedAs, unpriced, version } = attribution;
    update.run({
      request,
      inputTokens,
      inputCostUsd,
      outputCostUsd,
      outputTokens: output.tokens,
      outputKnown: output.known,
      pricedAs,
      unpriced: encodeUnpriced(unpriced),
      version,
      thread: content.slice(Buffer.from(JSON.stringify(attribution.thread))),
      solution: content.slice(encodeSolution(attribution.solution)),
    });
    saveShares(request, attribution.shares);
    saveThread(request, attribution);
    indexTexts(request, attribution.searchTexts);
    release({
      slices: [before?.thread, before?.solution].filter(isId),
      sourceSets: [before?.source_set].filter(isId),
    });
  };
}

function isId(id: number | null | undefined): id is number {
  return typeof id === 'number';
}

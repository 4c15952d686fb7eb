import type { ThreadAttribution } from '../model/thread.js';
import type { ContentWriter } from './content/content-writer.js';
import type { Database } from './database.js';
import { createThreadWriter } from './save-thread.js';
import { createShareWriter } from './shares.js';
import { encodeSolution } from './solution.js';

/** @param initiated unix ms of the request */
export type SaveAttribution = (request: number, initiated: number, attribution: ThreadAttribution) => void;

/** Stores what attribution says about an exchange whose response is stored, in place of what an earlier one said. */
export function createAttributionWriter(db: Database, content: ContentWriter): SaveAttribution {
  const saveShares = createShareWriter(db);
  const saveThread = createThreadWriter(db);
  const update = db.prepare(`
    UPDATE captured_responses SET
      input_tokens = iif(billed, input_tokens, @inputTokens), input_cost_usd = @inputCostUsd,
      output_cost_usd = @outputCostUsd, attribution_version = @version, thread = @thread, solution = @solution
    WHERE request = @request`);

  return (request, initiated, attribution) => {
    const { inputTokens, inputCostUsd, outputCostUsd, version } = attribution;
    update.run({
      request,
      inputTokens,
      inputCostUsd,
      outputCostUsd,
      version,
      thread: content.slice(Buffer.from(JSON.stringify(attribution.thread))),
      solution: content.slice(encodeSolution(attribution.solution)),
    });
    saveShares(request, initiated, attribution.shares);
    saveThread(request, attribution);
  };
}

import { openDatabase } from '../../../src/store/index.js';

/** Everything that attribution writes, without the ids that depend on the order of writing. */
export function attributedRows(file: string) {
  const db = openDatabase(file, { readonly: true });
  const all = (sql: string) => db.prepare<[], Record<string, unknown>>(sql).all();
  const rows = {
    sources: all(`
      SELECT source, usage_count, total_tokens, round(cost_usd, 9) AS cost_usd, created_at, last_used
      FROM context_source_metrics ORDER BY source`),
    days: all(`
      SELECT m.source, d.day, d.usage_count, d.total_tokens, round(d.cost_usd, 9) AS cost_usd
      FROM context_source_days d JOIN context_source_metrics m ON m.id = d.source ORDER BY 1, 2`),
    shares: all('SELECT * FROM request_sources ORDER BY request_id, source, part'),
    threads: all('SELECT * FROM threads ORDER BY request_id'),
    tools: all(`
      SELECT u.request, t.source, t.name, u.listed, u.loaded, u.tokens, u.cost_usd, u.calls
      FROM request_tools u JOIN tools t ON t.id = u.tool ORDER BY 1, 2, 3`),
    costs: all('SELECT request, input_cost_usd, output_cost_usd, attribution_version FROM captured_responses'),
  };
  db.close();
  return rows;
}

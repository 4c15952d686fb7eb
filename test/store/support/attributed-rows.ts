import { openDatabase } from '../../../src/store/index.js';

/** Everything that attribution writes, without the ids that depend on the order of writing. */
export function attributedRows(file: string) {
  const db = openDatabase(file, { readonly: true });
  const all = (sql: string) => db.prepare<[], Record<string, unknown>>(sql).all();
  const rows = {
    sources: all(`
      SELECT source, usage_count, total_tokens, round(cost_usd, 9) AS cost_usd, created_at, last_used
      FROM context_source_metrics ORDER BY source`),
    hours: all('SELECT * FROM request_hours').map(rounded),
    sourceHours: all(`
      SELECT m.source AS name, h.* FROM source_hours h JOIN context_source_metrics m ON m.id = h.source ORDER BY 1, 2, 3`).map(
      ({ source: _id, ...row }) => rounded(row),
    ),
    toolHours: all('SELECT t.name, h.* FROM tool_hours h JOIN tools t ON t.id = h.tool ORDER BY 1, 2, 3').map(
      ({ tool: _id, ...row }) => rounded(row),
    ),
    sets: all(`
      SELECT p.request, m.source FROM captured_responses p JOIN source_set_members s ON s.source_set = p.source_set
      JOIN context_source_metrics m ON m.id = s.source ORDER BY 1, 2`),
    texts: all("SELECT rowid FROM request_texts WHERE request_texts MATCH 'said*'"),
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

/** Sums of fractions depend on the order of adding in their last bits. */
function rounded(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'number' ? Number(value.toFixed(9)) : value,
  ]);
  return Object.fromEntries(entries);
}

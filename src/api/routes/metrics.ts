import { z } from '@hono/zod-openapi';
import { toJsonRow } from '../../base/json-row.js';
import { SOURCE_GROUPS } from '../../model/source-group.js';
import type { StatsFigures } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { meantName } from '../did-you-mean.js';
import { failures } from '../schemas/error.js';
import { groupMetricsList, history, modelMetricsList, sourceMetricsList, summary } from '../schemas/metrics.js';
import { choice, inOrder, order, period, periodOf, scope, sourceName, wholePage } from '../schemas/parameters.js';
import { describeSource } from '../schemas/source.js';
import { json, newRoutes, operation } from './route.js';

const ofSources = operation(
  'get',
  '/api/claude/metrics/sources',
  'getSourceMetrics',
  'What each source cost, and how its requests were rated',
  {
    request: {
      query: inOrder(
        z.strictObject({
          source_name: sourceName,
          sort_by: choice(['usage_count', 'average_rating', 'total_tokens', 'cost_usd']).default('total_tokens'),
          order,
          ...period,
          ...scope,
          ...wholePage,
        }),
      ),
    },
    responses: { 200: json('a row for each source', sourceMetricsList), ...failures(400) },
  },
);

const ofGroups = operation('get', '/api/claude/metrics/groups', 'getGroupMetrics', 'What each group of sources cost', {
  request: { query: inOrder(z.strictObject({ ...period, ...scope })) },
  responses: { 200: json('a row for each group, the most expensive first', groupMetricsList), ...failures(400) },
});

const ofAll = operation('get', '/api/claude/metrics/summary', 'getSummary', 'All requests in a few figures', {
  request: { query: inOrder(z.strictObject({ ...period, ...scope })) },
  responses: { 200: json('sums and averages', summary), ...failures(400) },
});

const ofModels = operation('get', '/api/claude/metrics/models', 'getModelMetrics', 'What each model cost', {
  request: { query: inOrder(z.strictObject({ ...period, ...scope })) },
  responses: { 200: json('a row for each model, the most expensive first', modelMetricsList), ...failures(400) },
});

const overTime = operation('get', '/api/claude/metrics/history', 'getHistory', 'Requests by hour, day, week or month', {
  request: {
    query: inOrder(
      z.strictObject({
        bucket: choice(['hour', 'day', 'week', 'month'])
          .default('day')
          .openapi({ description: 'days, weeks and months are local' }),
        source_name: sourceName,
        ...period,
        ...scope,
      }),
    ),
  },
  responses: { 200: json('a row for each span with requests', history), ...failures(400) },
});

/** The columns that sources can be sorted by. */
type SourceSort = 'usage_count' | 'average_rating' | 'total_tokens' | 'cost_usd';

export function metricRoutes({ ask, askOnce }: Connections) {
  return newRoutes()
    .openapi(ofSources, (context) => {
      const { sort_by: by, order, limit, offset, ...asked } = context.req.valid('query');
      const all = askOnce(`sources ${JSON.stringify(asked)}`, (reader) => {
        const times = new Map(reader.sourceTimes().map((each) => [each.source, each]));
        const filter = { ...periodOf(asked), sourceName: asked.source_name };
        return reader.stats(filter, { by: 'source' }).rows.map(({ key, ...row }) => ({
          ...describeSource(key ?? 'unknown'),
          usage_count: row.requests,
          total_tokens: row.inputTokens,
          average_tokens: row.billedRequests > 0 ? row.inputTokens / row.billedRequests : null,
          feedback_count: row.feedbackCount,
          average_rating: row.averageRating,
          last_used: toJsonRow(times.get(key ?? '')?.lastUsed ?? null),
          created_at: toJsonRow(times.get(key ?? '')?.createdAt ?? null),
          cost_usd: row.costUsd,
        }));
      });
      const metrics = sorted(all, by, order === 'asc').slice(offset, offset + limit);
      const answer = { metrics, total: all.length, limit, offset };
      return context.json(all.length > 0 ? answer : { ...answer, ...ask(meantName(asked.source_name)) }, 200);
    })
    .openapi(ofGroups, (context) => {
      const asked = periodOf(context.req.valid('query'));
      const metrics = askOnce(`groups ${JSON.stringify(asked)}`, (reader) =>
        reader.stats(asked, { by: 'group' }).rows.map(({ key, ...row }) => ({
          group: SOURCE_GROUPS.find((group) => group === key) ?? 'unknown',
          uses: row.requests,
          total_tokens: row.inputTokens,
          cost_usd: row.costUsd,
        })),
      );
      return context.json({ metrics, total: metrics.length }, 200);
    })
    .openapi(ofAll, (context) => {
      const asked = periodOf(context.req.valid('query'));
      const answer = askOnce(`summary ${JSON.stringify(asked)}`, (reader) => {
        const edge = (ascending: boolean) =>
          toJsonRow(reader.page(asked, { limit: 1, ascending })[0]?.timestamp ?? null);
        return {
          ...figures(reader.stats(asked, { by: 'model' }).total),
          oldest_capture: edge(true),
          newest_capture: edge(false),
        };
      });
      return context.json(answer, 200);
    })
    .openapi(ofModels, (context) => {
      const asked = periodOf(context.req.valid('query'));
      const metrics = askOnce(`models ${JSON.stringify(asked)}`, (reader) =>
        reader.stats(asked, { by: 'model' }).rows.map((row) => ({ model: row.key, ...figures(row) })),
      );
      return context.json({ metrics, total: metrics.length }, 200);
    })
    .openapi(overTime, (context) => {
      const { bucket, ...asked } = context.req.valid('query');
      const answer = askOnce(`history ${JSON.stringify({ bucket, ...asked })}`, (reader) => {
        const filter = { ...periodOf(asked), sourceName: asked.source_name };
        const { rows, timeZone } = reader.stats(filter, { by: bucket });
        const buckets = rows.toReversed().map((row) => ({ start: row.key ?? '', ...figures(row) }));
        const meant = buckets.length > 0 ? {} : meantName(asked.source_name)(reader);
        return { bucket, time_zone: timeZone, buckets, ...meant };
      });
      return context.json(answer, 200);
    });
}

function figures(row: StatsFigures) {
  return {
    total_requests: row.requests,
    failed_requests: row.failedRequests,
    aborted_requests: row.abortedRequests,
    estimated_requests: row.estimatedRequests,
    total_tokens_sent: row.inputTokens,
    total_tokens_received: row.outputTokens,
    cache_read_tokens: row.cacheReadTokens,
    cache_write_tokens: row.cacheWriteTokens,
    cost_usd: row.costUsd,
    lost_tokens: row.lostTokens,
    lost_usd: row.lostUsd,
    average_latency_ms: row.averageLatencyMs,
    average_proxy_latency_ms: row.averageProxyOverheadMs,
    feedback_count: row.feedbackCount,
    average_rating: row.averageRating,
  };
}

/** Unknown figures come last in both orders. */
function sorted<Row extends Record<SourceSort, number | null>>(
  rows: readonly Row[],
  by: SourceSort,
  ascending: boolean,
): Row[] {
  const compare = ({ [by]: a }: Row, { [by]: b }: Row) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return ascending ? a - b : b - a;
  };
  return rows.toSorted(compare);
}

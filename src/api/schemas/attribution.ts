import { z } from '@hono/zod-openapi';
import { SOURCE_GROUPS } from '../../model/source-group.js';
import { count, didYouMean, dollars, share, text } from './fields.js';
import { SOURCE_KINDS } from './source.js';

export const named = {
  source: text('mcp:serena').openapi({ description: 'id of the source' }),
  source_type: z.enum(SOURCE_KINDS).openapi({
    description: 'User: user and command:*; McpServer: mcp:*; Skill: skill:*; Framework: all others',
    example: 'McpServer',
  }),
  source_name: text('serena').openapi({ description: 'the part of the id behind the colon' }),
};

export const attribution = z
  .object({
    id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab/definition/mcp:serena'),
    request_id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    ...named,
    part: text('definition').openapi({ description: 'its role for the source: definition, call, result, text, …' }),
    token_count: count,
    new_tokens: count
      .nullable()
      .openapi({ description: 'tokens that the previous request of the thread did not carry' }),
    cost_usd: dollars.nullable(),
    segments: count,
    message_index: count.nullable().openapi({ description: 'of its first segment; null outside of messages' }),
    message_role: text('tools'),
  })
  .openapi('Attribution', { description: 'the content of one source in one request with one part' });

export const groupTotal = z
  .object({
    group: z.enum(SOURCE_GROUPS).openapi({ example: 'mcp' }),
    tokens: count,
    share,
    new_tokens: count
      .nullable()
      .openapi({ description: 'tokens that the previous request of the thread did not carry' }),
    cost_usd: dollars.nullable(),
    sources: count.openapi({ description: 'how many sources of the group it carries', example: 2 }),
  })
  .openapi('GroupTotal', { description: 'what the sources of one group put into one request' });

export const attributionList = z
  .object({ attributions: z.array(attribution), total: count, limit: count, offset: count, did_you_mean: didYouMean })
  .openapi('AttributionList');

const segment = z
  .object({
    path: text('/tools/3').openapi({ description: 'JSON pointer of its string or block' }),
    start: count.openapi({ description: 'UTF-16 offset in that string', example: 0 }),
    end: count,
    ...named,
    part: text('definition'),
    detail: z.string().nullable(),
    role: text('tools'),
    hash: z.string().openapi({ description: 'SHA-256 of its content', example: 'a1b2c3' }),
    tokens: count,
    estimated_tokens: count,
    known: z.enum(['exact', 'shared', 'scaled', 'estimated']),
    unread: z.enum(['deferred', 'stripped', 'cleared']).nullable(),
    cache: z.object({ read: count, write_5m: count, write_1h: count, uncached: count }),
    cost_usd: dollars.nullable(),
    text: text('{"name":"mcp__serena__find"}'),
  })
  .openapi('Segment', { description: 'A piece of what the model reads; the segments of a request partition it.' });

export const segmentList = z
  .object({
    request_id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    segments: z.array(segment),
    total: count,
    notes: z.array(z.string()).openapi({ description: 'sentences about damaged or outdated content' }),
    did_you_mean: didYouMean,
  })
  .openapi('SegmentList');

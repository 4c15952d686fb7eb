import { z } from '@hono/zod-openapi';

/** Fields of many answers, each with an example; examples of whole answers are made from these. */

export const text = (example: string) => z.string().openapi({ example });
export const count = z.int().min(0).openapi({ example: 1200 });
export const dollars = z.number().openapi({ description: 'US dollars', example: 0.0123 });
export const ms = z.number().openapi({ description: 'milliseconds', example: 901.5 });
export const HOW_IT_ENDED =
  'how it ended; aborted: the client stopped it; cut_off: the answer ended too early; failed: no answer, or an error in its ' +
  'place; interrupted: claude-trace ended first';
export const share = z.number().openapi({ description: '0 to 1', example: 0.25 });
export const rating = z.number().min(-1).max(1).openapi({ example: 0.5 });
export const iso = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' });

export function nullable<Schema extends z.ZodType>(schema: Schema, description = 'null where it is not known') {
  return schema.nullable().openapi({ description });
}

/** Similar sources, in answers to operations with a pattern. */
export const didYouMean = z
  .array(z.string())
  .optional()
  .openapi({
    description: 'only when no captured source matches the pattern: similar ones, the most similar first',
    example: ['mcp:serena'],
  });

export const headers = z
  .array(z.tuple([z.string(), z.string()]).readonly())
  .readonly()
  .openapi({
    description: 'names and values in wire order; credentials are keyed hashes',
    example: [['content-type', 'application/json']],
  });

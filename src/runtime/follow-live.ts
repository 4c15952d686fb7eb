import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { RequestId } from '../model/ids.js';
import type { ProgressEvent } from '../model/progress.js';

const COUNT = z.number().int().nonnegative();
const ID = z.custom<RequestId>((value) => typeof value === 'string' && value.startsWith('req_'));
const WORD = z.string().nullable();
const INPUT = {
  uncached: COUNT,
  cacheRead: COUNT,
  cacheWrite5m: COUNT,
  cacheWrite1h: COUNT,
};

const USAGE = z.object({
  ...INPUT,
  output: COUNT.nullable(),
  webSearches: COUNT,
  terms: z
    .object({
      speed: WORD,
      serviceTier: WORD,
      inferenceGeo: WORD,
      servedBy: WORD,
      iterations: z.array(z.object({ type: z.string(), model: WORD, ...INPUT, output: COUNT })),
      unpriced: z.array(z.string()),
    })
    .optional(),
});

const EVENT: z.ZodType<ProgressEvent> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('grown'),
    answers: z.array(
      z.object({
        id: ID,
        characters: COUNT,
        usage: USAGE.nullable(),
        blocks: z.array(z.object({ type: z.string(), name: z.string().nullable(), text: z.string() })),
        isCut: z.boolean(),
      }),
    ),
  }),
  z.object({ type: z.literal('ended'), ids: z.array(ID) }),
]);

export interface LiveEvents {
  onEvent(event: ProgressEvent): void;
  /** The sending process has ended, or never existed. Called once, last. */
  onGone(): void;
}

/** Follows the events of another process's `openLiveChannel`, and ignores other lines. @returns ends it */
export function followLive(path: string, { onEvent, onGone }: LiveEvents): () => void {
  const socket = connect(path);
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const event = readEvent(line);
    if (event !== null) onEvent(event);
  });
  // 'close' follows.
  socket.on('error', () => {});
  lines.on('error', () => {});
  socket.on('close', onGone);
  return () => {
    socket.off('close', onGone);
    socket.destroy();
  };
}

function readEvent(line: string): ProgressEvent | null {
  try {
    return EVENT.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

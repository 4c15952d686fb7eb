import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { RequestId } from '../model/ids.js';
import type { LiveConnection, LiveEvent } from '../model/live-event.js';
import type { PauseId } from '../model/paused-message.js';
import type { LiveRequest } from './live-channel.js';

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

const PAUSED = z.object({
  id: z.custom<PauseId>((value) => typeof value === 'string' && value.startsWith('pause_')),
  rule: z.string(),
  server: z.string(),
  method: WORD,
  name: WORD,
  since: z.number(),
  limitMs: z.number(),
  // A run of an older version sends none.
  alerts: z.array(z.string()).default([]),
});

const EVENT: z.ZodType<LiveEvent> = z.discriminatedUnion('type', [
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
  z.object({ type: z.literal('paused'), messages: z.array(PAUSED) }),
  z.object({
    type: z.literal('rule_failures'),
    failures: z.array(
      z.object({ rule: z.string(), server: z.string(), count: COUNT, lastError: z.string(), at: z.number() }),
    ),
  }),
]);

export interface LiveEvents {
  onEvent(event: LiveEvent): void;
  /** The sending process has ended, or never existed. Called once, last. */
  onGone(): void;
}

/**
 * Follows the events of another process's `openLiveChannel`, and ignores other lines.
 * @param withProgress whether to get answers while they arrive, too
 */
export function followLive(path: string, { onEvent, onGone }: LiveEvents, withProgress = false): LiveConnection {
  const socket = connect(path);
  const ask = (request: LiveRequest) => void socket.write(`${JSON.stringify(request)}\n`);
  if (withProgress) ask({ type: 'progress' });
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const event = readEvent(line);
    if (event !== null) onEvent(event);
  });
  // 'close' follows.
  socket.on('error', () => {});
  lines.on('error', () => {});
  socket.on('close', onGone);
  return {
    resume: (id) => ask({ type: 'resume', id }),
    end() {
      socket.off('close', onGone);
      socket.destroy();
    },
  };
}

function readEvent(line: string): LiveEvent | null {
  try {
    return EVENT.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

import { type Frame, malformed, type RpcMessage, readMessages } from '../../mcp/messages/index.js';
import type { McpRuling } from '../../wire/index.js';

/** A message as its receiver got it (a dropped one as it was sent), and what rules did with it. */
export interface SeenMessage {
  message: RpcMessage;
  /** As it was sent; null where rules have not changed it. */
  original: RpcMessage | null;
  /** Null where no rule on its way applied. */
  ruling: McpRuling | null;
}

/**
 * The messages of a frame. What rules did with a batch is known of the whole: its hits are those of its first message, and where
 * messages were added or removed, the first one has the whole batch as its original.
 */
export function seenMessages(frame: Frame, ruling: McpRuling | undefined): SeenMessage[] {
  const messages = readMessages(frame);
  if (ruling === undefined) return messages.map(unruled);
  const originals = ruling.original === null ? [] : originalsOf(ruling.original, messages.length);
  return messages.map((message, index) => {
    const original = originals[index] ?? null;
    return {
      message,
      original: original?.bytes.equals(message.bytes) ? null : original,
      ruling: index === 0 ? ruling : { ...ruling, hits: [] },
    };
  });
}

export function unruled(message: RpcMessage): SeenMessage {
  return { message, original: null, ruling: null };
}

function originalsOf(bytes: Uint8Array, count: number): RpcMessage[] {
  const frame = { bytes, size: bytes.length, truncated: false };
  const originals = readMessages(frame);
  if (originals.length === count) return originals;
  // Only rules read its text, which may be more than one message.
  return [{ ...malformed(Buffer.from(bytes), bytes.length, false), isOutline: true }];
}

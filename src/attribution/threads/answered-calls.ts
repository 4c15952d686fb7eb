import type { AssembledMessage } from '../../model/message.js';
import type { ThreadContext } from '../../model/segment.js';
import type { ToolCall } from '../../model/thread.js';
import { callOf } from '../segments/conversation.js';

/** The tools that an answer called. Each call is in one answer only, though later requests repeat it. */
export function answeredCalls(message: AssembledMessage | null, { knownServers }: ThreadContext): ToolCall[] {
  const servers = new Set(knownServers);
  return (message?.content ?? []).flatMap((block) => {
    const call = callOf(block, servers);
    return call !== null && typeof block.name === 'string' ? [{ source: call.source, tool: block.name }] : [];
  });
}

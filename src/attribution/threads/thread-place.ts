import type { RequestId } from '../../model/ids.js';
import type { Purpose } from '../../model/purpose.js';
import type { Continuation } from '../../model/thread.js';
import type { WeighedPiece } from '../tokens/weigh.js';

/** A thread as far as it has come: what the next request of it is recognised by. */
export interface ThreadEnd {
  /** Id of the thread's first request. */
  id: RequestId;
  agentId: string | null;
  purpose: Purpose;
  /** The last request. */
  last: RequestId;
  conversation: Conversed;
}

/** The pieces of a request's messages, as far as they tell threads apart. */
export interface Conversed {
  hashes: readonly string[];
  /** Where the last message starts. */
  lastMessage: number;
  /** How many open the conversation: up to the first thing that a person, a command or a caller of an agent said. */
  opening: number;
  /** Whether a summary opens it. */
  compacted: boolean;
}

/** Which thread a request goes on, and how. */
export interface Link<Thread> {
  thread: Thread;
  continuation: Continuation;
}

export function conversedIn(pieces: readonly WeighedPiece[]): Conversed {
  const messages = pieces.filter(isMessage);
  const lastPath = messageOf(messages.at(-1));
  const first = messages.findIndex(isSaid);
  return {
    hashes: messages.map(({ hash }) => hash),
    lastMessage: messages.findIndex((piece) => messageOf(piece) === lastPath),
    opening: first === -1 ? messages.length : first + 1,
    compacted: messages.some(({ source, part }) => source === 'framework:compaction' && part === 'body'),
  };
}

/**
 * The thread that a request goes on: of the same agent, with the longest conversation in common, which must hold at least
 * what opened it. `threads`: those of the request's session, the last used first. Null: it starts one.
 *
 * A request whose conversation starts with a summary goes on the last main thread: compaction leaves nothing in common.
 */
export function findThread<Thread extends ThreadEnd>(
  threads: readonly Thread[],
  agentId: string | null,
  purpose: Purpose,
  conversation: Conversed,
): Link<Thread> | null {
  let best: { thread: Thread; common: number } | null = null;
  const ofAgent = threads.filter((thread) => thread.agentId === agentId);
  for (const thread of ofAgent) {
    const common = commonPrefix(thread.conversation.hashes, conversation.hashes);
    if (common < thread.conversation.opening || common === 0) continue;
    if (best === null || common > best.common) best = { thread, common };
  }
  if (best !== null) {
    const { hashes, lastMessage } = best.thread.conversation;
    // The last message may lose reminders that were only for that moment.
    const extended = best.common === hashes.length || best.common > lastMessage;
    return { thread: best.thread, continuation: extended ? 'extends' : 'edited' };
  }
  const same = ofAgent.find((thread) => thread.purpose === purpose);
  if (conversation.compacted && same !== undefined) return { thread: same, continuation: 'compacted' };
  return agentId !== null && same !== undefined ? { thread: same, continuation: 'edited' } : null;
}

export function isMessage({ path }: WeighedPiece): boolean {
  return path.startsWith('/messages/');
}

/** What a person, a command or the caller of an agent said. */
export function isSaid({ source, part }: WeighedPiece): boolean {
  return source === 'user' || source.startsWith('command:') || (source.startsWith('agent:') && part === 'prompt');
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return length;
}

function messageOf(piece: WeighedPiece | undefined): string | undefined {
  return piece?.path.split('/', 3).join('/');
}

import type { RequestId } from '../../model/ids.js';
import type { Purpose } from '../../model/purpose.js';
import type { Continuation } from '../../model/thread.js';
import type { WeighedPiece } from '../tokens/weigh.js';

/** The end of a thread: its next request is recognized by this. */
export interface ThreadEnd {
  /** Id of the thread's first request. */
  id: RequestId;
  agentId: string | null;
  purpose: Purpose;
  /** The last request. */
  last: RequestId;
  fingerprint: Fingerprint;
}

/** What distinguishes a conversation from others: the hashes of the pieces of its messages. */
export interface Fingerprint {
  hashes: readonly string[];
  /** Where the last message starts. */
  lastMessage: number;
  /** How many open the conversation: up to the first prompt. */
  opening: number;
  /** A summary opens it. */
  compacted: boolean;
}

/** The thread that a request continues, and how. */
export interface Link<Thread> {
  thread: Thread;
  continuation: Continuation;
}

/** @param messages the pieces of messages, in order */
export function fingerprintOf(messages: readonly WeighedPiece[]): Fingerprint {
  const lastPath = messageOf(messages.at(-1));
  const first = messages.findIndex(isPrompt);
  return {
    hashes: messages.map(({ hash }) => hash),
    lastMessage: messages.findLastIndex((piece) => messageOf(piece) !== lastPath) + 1,
    opening: first === -1 ? messages.length : first + 1,
    compacted: messages.some(({ source, part }) => source === 'framework:compaction' && part === 'body'),
  };
}

/**
 * The thread that a request continues: of the same agent, with the longest common prefix, at least its opening. Null: the
 * request starts a thread.
 *
 * A request that opens with a summary continues the last main thread: compaction leaves no common prefix.
 *
 * @param threads those of the request's session, the last used first
 */
export function findThread<Thread extends ThreadEnd>(
  threads: readonly Thread[],
  agentId: string | null,
  purpose: Purpose,
  fingerprint: Fingerprint,
): Link<Thread> | null {
  let best: { thread: Thread; common: number } | null = null;
  const ofAgent = threads.filter((thread) => thread.agentId === agentId);
  for (const thread of ofAgent) {
    const common = commonPrefix(thread.fingerprint.hashes, fingerprint.hashes);
    if (common < thread.fingerprint.opening || common === 0) continue;
    if (best === null || common > best.common) best = { thread, common };
  }
  if (best !== null) {
    const { hashes, lastMessage } = best.thread.fingerprint;
    // The last message may lose reminders that were only temporary.
    const extended = best.common === hashes.length || best.common > lastMessage;
    return { thread: best.thread, continuation: extended ? 'extends' : 'edited' };
  }
  const same = ofAgent.find((thread) => thread.purpose === purpose);
  if (fingerprint.compacted && same !== undefined) return { thread: same, continuation: 'compacted' };
  return agentId !== null && same !== undefined ? { thread: same, continuation: 'edited' } : null;
}

export function isMessage({ path }: WeighedPiece): boolean {
  return path.startsWith('/messages/');
}

/** Text of the user, of a command, or of an agent's task. */
export function isPrompt({ source, part }: WeighedPiece): boolean {
  return source === 'user' || source.startsWith('command:') || (source.startsWith('agent:') && part === 'prompt');
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return length;
}

/** The path of its message: `/messages/3`. */
export function messageOf(piece: WeighedPiece | undefined): string | undefined {
  return piece?.path.split('/', 3).join('/');
}

import { RecentMap } from '../../base/recent-map.js';
import type { RequestDifference } from '../../model/replayed-request.js';
import type { RequestShape, Turn } from './request-shape.js';

export interface Match<Answer> {
  answer: Answer;
  /** Empty: the requests are equal. */
  differences: RequestDifference[];
}

export interface Recorded<Answer> {
  shape: RequestShape;
  answer: Answer;
}

/** Finds the answer to a request. */
export interface Matcher<Answer> {
  /**
   * Equal requests are answered in recorded order, the last answer again and again; each session begins at the first. Without
   * an equal one, the most similar request at the same place of the same conversation is taken; null without one.
   * @param session whatever identifies the client's session
   */
  match(given: RequestShape, session: string): Match<Answer> | null;
}

/** Sessions whose places are remembered. */
const MAX_SESSIONS = 100;

/** Texts with fewer words in common are two prompts, not one that was edited. */
const MIN_SIMILARITY = 0.5;

const WEIGHTS: Readonly<Record<RequestDifference['in'], number>> = {
  turn: 4,
  tools: 2,
  model: 2,
  definitions: 1,
  max_tokens: 1,
};

export function createMatcher<Answer>(recorded: readonly Recorded<Answer>[]): Matcher<Answer> {
  const sessions = new RecentMap<string, Set<Recorded<Answer>>>(MAX_SESSIONS);

  return {
    match(given, session) {
      const used = sessions.take(session, () => new Set());
      const candidates = recorded
        .filter(({ shape }) => isAtSamePlace(shape, given))
        .map((each) => ({ each, differences: differencesOf(each.shape, given) }))
        .map((candidate) => ({ ...candidate, weight: weightOf(candidate, given) }));
      const least = Math.min(...candidates.map(({ weight }) => weight));
      const best = candidates.filter(({ weight }) => weight === least);
      const next = best.find(({ each }) => !used.has(each)) ?? best.at(-1);
      if (next === undefined) return null;
      used.add(next.each);
      return { answer: next.each.answer, differences: next.differences };
    },
  };
}

/** Another system prompt decides only between requests that are otherwise equally similar. */
function weightOf<Answer>(
  { each, differences }: { each: Recorded<Answer>; differences: readonly RequestDifference[] },
  given: RequestShape,
): number {
  const system = each.shape.system === given.system ? 0 : 0.5;
  return differences.reduce((sum, difference) => sum + WEIGHTS[difference.in], system);
}

function isAtSamePlace(recorded: RequestShape, given: RequestShape): boolean {
  if (recorded.endpoint !== given.endpoint || recorded.turns.length !== given.turns.length) return false;
  if (recorded.tools !== null && (recorded.tools.length === 0) !== ((given.tools?.length ?? 0) === 0)) return false;
  return given.turns.every((turn, index) => {
    const other = recorded.turns[index];
    if (other?.role !== turn.role || other.callIds.join() !== turn.callIds.join()) return false;
    // Where nothing else identifies the turn, its texts must be similar.
    return turn.callIds.length > 0 || turn.hash === other.hash || similarity(turn, other) >= MIN_SIMILARITY;
  });
}

/** The share of words that two turns have in common, 0..1. */
function similarity({ words: a }: Turn, { words: b }: Turn): number {
  if (a.size + b.size === 0) return 1;
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  return (2 * common) / (a.size + b.size);
}

function differencesOf(recorded: RequestShape, given: RequestShape): RequestDifference[] {
  const differences: RequestDifference[] = [];
  if (recorded.model !== given.model) differences.push({ in: 'model', recorded: recorded.model, given: given.model });
  if (recorded.maxTokens !== null && recorded.maxTokens !== given.maxTokens) {
    differences.push({ in: 'max_tokens', recorded: recorded.maxTokens, given: given.maxTokens });
  }
  if (recorded.tools !== null) differences.push(...differencesOfTools(recorded.tools, recorded, given));
  for (const [index, { role, hash, tools }] of given.turns.entries()) {
    if (recorded.turns[index]?.hash !== hash) differences.push({ in: 'turn', turn: index + 1, role, tools });
  }
  return differences;
}

function differencesOfTools(
  names: readonly string[],
  recorded: RequestShape,
  given: RequestShape,
): RequestDifference[] {
  const added = (given.tools ?? []).filter((name) => !names.includes(name));
  const removed = names.filter((name) => !given.tools?.includes(name));
  if (added.length + removed.length > 0) return [{ in: 'tools', added, removed }];
  return recorded.definitions === given.definitions ? [] : [{ in: 'definitions' }];
}

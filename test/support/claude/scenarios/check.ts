import { EMPTY_CONTEXT } from '../../../../src/attribution/index.js';
import type { Piece } from '../../../../src/attribution/segments/piece.js';
import { segmentRequest } from '../../../../src/attribution/segments/segment-request.js';
import { isUnmatched } from '../../../../src/model/unmatched.js';
import type { StoredExchange } from '../traced.js';
import { type Words, wordsIn } from './words.js';

/** Where words are under another source, and which are in no request. */
export interface Verdict {
  wrong: string[];
  unseen: string[];
}

/** A paragraph that no rule knows, by its first words. */
export interface UnmatchedParagraph {
  opener: string;
  /** Role and path of the text it is in. */
  place: string;
}

/** Longer than a marker has to be. */
const OPENER_LENGTH = 70;

/** The paragraphs of all requests that no rule knows, each opener once. */
export function unmatchedParagraphs(stored: readonly StoredExchange[]): UnmatchedParagraph[] {
  const found = new Map<string, UnmatchedParagraph>();
  for (const { content, source, part, path, role } of segmentsOf(stored)) {
    if (!isUnmatched({ source, part })) continue;
    for (const paragraph of content.split(/\n\s*\n/)) {
      const opener =
        paragraph
          .replaceAll(/<\/?system-reminder>/g, '')
          .trim()
          .split('\n')[0]
          ?.slice(0, OPENER_LENGTH) ?? '';
      if (opener !== '' && !found.has(opener)) found.set(opener, { opener, place: `${role} ${path}` });
    }
  }
  return [...found.values()];
}

/** Looks for every word and opener in every request. Openers count in what users and the harness say. */
export function checkWords(stored: readonly StoredExchange[], words: Words): Verdict {
  const wrong = new Set<string>();
  const unseen = new Set(words.sources.keys());
  for (const { content, source, path, role } of segmentsOf(stored)) {
    for (const word of wordsIn(content, words, { openers: path.startsWith('/messages/') && role !== 'assistant' })) {
      unseen.delete(word);
      const expected = words.sources.get(word) ?? [];
      if (!expected.includes(source)) wrong.add(`${word} at ${path}: ${source}, not ${expected.join(' or ')}`);
    }
  }
  return { wrong: [...wrong], unseen: [...unseen] };
}

function* segmentsOf(stored: readonly StoredExchange[]): Generator<Piece> {
  for (const { row, detail, requestBody } of stored) {
    if (row.kind !== 'messages') continue;
    const text = requestBody.toString();
    const body: unknown = JSON.parse(text);
    yield* segmentRequest(body, text, detail.thread ?? EMPTY_CONTEXT);
  }
}

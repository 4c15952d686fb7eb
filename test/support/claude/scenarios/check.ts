import { segmentRequest } from '../../../../src/attribution/segments/segment-request.js';
import { EMPTY_CONTEXT } from '../../../../src/attribution/segments/thread-context.js';
import type { StoredExchange } from '../traced.js';
import { type Words, wordsIn } from './words.js';

/** Where words are under another source, and which are in no request. */
export interface Verdict {
  wrong: string[];
  unseen: string[];
}

/** Looks for every word and opener in every request. Openers count in what users and the harness say. */
export function checkWords(stored: readonly StoredExchange[], words: Words): Verdict {
  const wrong = new Set<string>();
  const unseen = new Set(words.sources.keys());
  for (const { row, detail, requestBody } of stored) {
    if (row.kind !== 'messages') continue;
    const text = requestBody.toString();
    const body: unknown = JSON.parse(text);
    for (const { content, source, path, role } of segmentRequest(body, text, detail.thread ?? EMPTY_CONTEXT)) {
      for (const word of wordsIn(content, words, { openers: path.startsWith('/messages/') && role !== 'assistant' })) {
        unseen.delete(word);
        const expected = words.sources.get(word) ?? [];
        if (!expected.includes(source)) wrong.add(`${word} at ${path}: ${source}, not ${expected.join(' or ')}`);
      }
    }
  }
  return { wrong: [...wrong], unseen: [...unseen] };
}

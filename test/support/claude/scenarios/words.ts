import type { Source } from '../../../../src/model/source.js';

/** Invented words, each planted where one source gives it: a segment that holds one must carry that source. */
export interface Words {
  /** A new word; of several sources where one text is sent on as another's (an agent's answer is `assistant` in its own requests). */
  of(...sources: [Source, ...Source[]]): string;
  /** First words of a text that Claude Code itself writes, which nothing else in the scenario holds. */
  opener(words: string, ...sources: [Source, ...Source[]]): void;
  /** Every word given out and every opener, with its sources. */
  readonly sources: ReadonlyMap<string, readonly Source[]>;
}

/** No word is part of another. */
const WORD = /qua\d{3}bix/g;

export function createWords(): Words {
  const sources = new Map<string, readonly Source[]>();
  return {
    sources,
    of(...owners) {
      const word = `qua${String(sources.size).padStart(3, '0')}bix`;
      sources.set(word, owners);
      return word;
    },
    opener(words, ...owners) {
      sources.set(words, owners);
    },
  };
}

/** The words that a text holds, and the openers, if they are looked for. */
export function wordsIn(text: string, { sources }: Words, { openers }: { openers: boolean }): string[] {
  const others = openers ? [...sources.keys()].filter((word) => word.search(WORD) !== 0 && text.includes(word)) : [];
  return [...(text.match(WORD) ?? []), ...others];
}

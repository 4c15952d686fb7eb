import type { Source } from '../../../../src/model/source.js';

/** Invented words, each planted where one source gives it: a segment that holds one must carry that source. */
export interface Words {
  /** A new word; of several sources where one text is sent on as another's (an agent's answer is `assistant` in its own requests). */
  of(...sources: [Source, ...Source[]]): string;
  /** Every word given out, with its sources. */
  readonly sources: ReadonlyMap<string, readonly Source[]>;
}

/** No word is part of another. */
export const WORD = /qua\d{3}bix/g;

export function createWords(): Words {
  const sources = new Map<string, readonly Source[]>();
  return {
    sources,
    of(...owners) {
      const word = `qua${String(sources.size).padStart(3, '0')}bix`;
      sources.set(word, owners);
      return word;
    },
  };
}

import type { RequestId } from '../../../../src/model/ids.js';
import type { AnswerProgress } from '../../../../src/model/progress.js';

/** An answer that is still coming, with plain values where a test says nothing. */
export function aGrowing(id: RequestId, values: Partial<AnswerProgress> = {}): AnswerProgress {
  return { id, characters: 0, usage: null, blocks: [], isCut: false, ...values };
}

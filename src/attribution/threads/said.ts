import type { AssembledMessage } from '../../model/message.js';
import type { Said } from '../../model/thread.js';
import type { WeighedPiece } from '../tokens/weigh.js';
import { addedTo } from './added.js';
import { isMessage, isSaid } from './thread-place.js';

/**
 * What a request says that the one before it in its thread did not, and what was answered.
 * @param before hashes of the pieces of that request's messages; none when it opens a thread
 */
export function saidIn(
  pieces: readonly WeighedPiece[],
  before: readonly string[],
  message: AssembledMessage | null,
): Said {
  const texts = addedTo(before, pieces.filter(isMessage)).filter(isText);
  return {
    prompts: texts.filter(isSaid).map(({ content }) => content),
    results: texts.filter(({ part }) => part === 'result').map(({ content }) => content),
    answer: answered(message),
  };
}

/** Images and documents weigh by rule: their base64 is nothing to search. */
function isText({ fixedTokens }: WeighedPiece): boolean {
  return fixedTokens === null;
}

/** The words of an answer, and every text that it called a tool with. Thinking is not said to anybody. */
function answered(message: AssembledMessage | null): string[] {
  return (message?.content ?? []).flatMap((block) => {
    if (typeof block.text === 'string') return [block.text];
    return block.type.endsWith('tool_use') ? stringsIn(block.input) : [];
  });
}

/** A stack of its own: captured JSON may be nested deeper than the language's. */
function stringsIn(value: unknown): string[] {
  const strings: string[] = [];
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') strings.push(next);
    else if (typeof next === 'object' && next !== null)
      for (const value of Object.values(next).reverse()) open.push(value);
  }
  return strings;
}

import type { AssembledMessage } from '../../model/message.js';
import type { SearchTexts } from '../../model/thread.js';
import type { WeighedPiece } from '../tokens/weigh.js';
import { isPrompt } from './find-thread.js';

/**
 * The texts of a request that the one before it in its thread did not have, and those of the answer.
 * @param added those pieces of messages that the previous request did not have
 */
export function searchTextsOf(added: readonly WeighedPiece[], message: AssembledMessage | null): SearchTexts {
  const texts = added.filter(isText);
  return {
    prompts: texts.filter(isPrompt).map(({ content }) => content),
    results: texts.filter(({ part }) => part === 'result').map(({ content }) => content),
    answer: textsOf(message),
  };
}

/** Not an image or a document: their tokens are fixed by rule, and nobody searches for base64. */
function isText({ fixedTokens }: WeighedPiece): boolean {
  return fixedTokens === null;
}

/** The text of an answer and every string in the inputs of its tool calls; no thinking. */
function textsOf(message: AssembledMessage | null): string[] {
  return (message?.content ?? []).flatMap((block) => {
    if (typeof block.text === 'string') return [block.text];
    return block.type.endsWith('tool_use') ? stringsIn(block.input) : [];
  });
}

/** With an explicit stack: captured JSON may be nested deeper than the call stack. */
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

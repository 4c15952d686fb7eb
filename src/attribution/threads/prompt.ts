import { readCommandTags } from '../segments/command-tags.js';
import type { WeighedPiece } from '../tokens/weigh.js';
import { messageOf } from './find-thread.js';

/** Characters that are kept: enough to recognize a prompt. */
const MAX_CHARACTERS = 200;

/**
 * The first words of the last message that a person typed, on one line; null when the previous request of the thread already
 * had that message. A command or a skill is shown as it was typed: `/name arguments`.
 * @param added those pieces of messages that the previous request did not have
 * @param messages all pieces of messages
 */
export function promptOf(added: readonly WeighedPiece[], messages: readonly WeighedPiece[]): string | null {
  const typed = added.filter((piece) => isTyped(piece) || isTypedCall(piece, messages));
  const last = messageOf(typed.at(-1));
  const ofLast = typed.filter((piece) => messageOf(piece) === last);
  // The output of a local command is sent together with the next prompt.
  const texts = ofLast.some(isTyped) ? ofLast.filter(isTyped).map(({ content }) => content) : ofLast.map(callText);
  const prompt = firstWords(texts.map((text) => text.slice(0, 10 * MAX_CHARACTERS)).join(' '));
  return prompt === '' ? null : prompt;
}

function isTyped({ source, part, role }: WeighedPiece): boolean {
  return source === 'user' && part === 'text' && role === 'user';
}

/** A command, or a skill that no call of the model launched. */
function isTypedCall(piece: WeighedPiece, messages: readonly WeighedPiece[]): boolean {
  const { source, part, role } = piece;
  if (part !== 'call' || role !== 'user') return false;
  if (source.startsWith('command:')) return true;
  const message = messageOf(piece);
  return (
    source.startsWith('skill:') &&
    !messages.some((other) => other.source === source && other.part === 'result' && messageOf(other) === message)
  );
}

function callText({ content, source }: WeighedPiece): string {
  const tags = readCommandTags(content);
  return tags === null ? content : `/${tags.name === 'unknown' ? source.replace(/^\w+:/, '') : tags.name} ${tags.args}`;
}

function firstWords(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= MAX_CHARACTERS
    ? characters.join('')
    : `${characters
        .slice(0, MAX_CHARACTERS - 1)
        .join('')
        .trimEnd()}…`;
}

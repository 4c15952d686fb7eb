import type { Budget } from '../budget.js';
import { isObject, type JsonObject, stringOr } from '../json.js';
import { reminderTail } from './reminder-tags.js';

/** Content blocks of a message or a tool_result; none for a string. */
export function blocksOf(parent: unknown): JsonObject[] {
  const content = isObject(parent) ? parent.content : undefined;
  return Array.isArray(content) ? content.filter(isObject) : [];
}

export function messagesOf(body: unknown): unknown[] {
  return isObject(body) && Array.isArray(body.messages) ? body.messages : [];
}

/** Text blocks, and the tails of tool_results; of a string itself. */
export function* textsOf(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (!isObject(block)) continue;
    if (typeof block.text === 'string') yield block.text;
    if (block.type === 'tool_result') yield* tailsOf(block.content);
  }
}

function* tailsOf(content: unknown): Generator<string> {
  const last: unknown = Array.isArray(content) ? content.at(-1) : { text: content };
  const tail = isObject(last) ? reminderTail(stringOr(last.text, '')) : '';
  if (tail !== '') yield tail;
}

/** Texts that the harness may have a hand in: all but the assistant's, and of tool_results the reminders at their end. */
export function* harnessTexts(body: unknown, budget: Budget): Generator<string> {
  if (!isObject(body)) return;
  yield* textsOf(body.system);
  for (const message of messagesOf(body)) {
    if (!isObject(message) || message.role === 'assistant') continue;
    for (const text of textsOf(message.content)) {
      budget.spend(text.length);
      yield text;
    }
  }
}

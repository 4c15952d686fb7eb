import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import type { Budget } from '../budget.js';
import { reminderTail } from './reminder-tags.js';

/** Content blocks of a message or a tool_result; none for a string. */
export function blocksOf(parent: unknown): JsonRecord[] {
  const content = isRecord(parent) ? parent.content : undefined;
  return Array.isArray(content) ? content.filter(isRecord) : [];
}

/** The path of the block that a piece is in: `/messages/3/content/0` for `/messages/3/content/0/text`. */
export function blockPath(path: string): string {
  return path.split('/', path.startsWith('/messages/') ? 5 : 3).join('/');
}

/** A tool that the API runs has a versioned `type` and no schema: https://docs.claude.com/en/docs/agents-and-tools/tool-use */
export function isServerTool(tool: unknown): boolean {
  return isRecord(tool) && typeof tool.type === 'string' && tool.input_schema === undefined;
}

export function messagesOf(body: unknown): unknown[] {
  return isRecord(body) && Array.isArray(body.messages) ? body.messages : [];
}

/** Text blocks and the tails of tool_results; a string as it is. */
export function* textsOf(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (!isRecord(block)) continue;
    if (typeof block.text === 'string') yield block.text;
    if (block.type === 'tool_result') yield* tailsOf(block.content);
  }
}

function* tailsOf(content: unknown): Generator<string> {
  const last: unknown = Array.isArray(content) ? content.at(-1) : { text: content };
  const tail = isRecord(last) ? reminderTail(stringOr(last.text, '')) : '';
  if (tail !== '') yield tail;
}

/** The parts of one body that several stages read. */
interface BodyParts {
  /** Content blocks of all messages. */
  blocks: readonly JsonRecord[];
  /** Texts that may contain text of the harness: all but the assistant's; of tool_results the reminders at their end. */
  harnessTexts: readonly string[];
}

const NO_PARTS: BodyParts = { blocks: [], harnessTexts: [] };
/** A body is parsed JSON, which nobody changes: each is read once. */
const partsByBody = new WeakMap<JsonRecord, BodyParts>();

/** @throws {AttributionOverBudgetError} when the budget is used up */
export function bodyParts(body: unknown, budget: Budget): BodyParts {
  if (!isRecord(body)) return NO_PARTS;
  const known = partsByBody.get(body);
  if (known !== undefined) return known;
  const parts = { blocks: messagesOf(body).flatMap(blocksOf), harnessTexts: readHarnessTexts(body, budget) };
  partsByBody.set(body, parts);
  return parts;
}

function readHarnessTexts(body: JsonRecord, budget: Budget): string[] {
  const texts = [...textsOf(body.system)];
  for (const message of messagesOf(body)) {
    if (!isRecord(message) || message.role === 'assistant') continue;
    for (const text of textsOf(message.content)) {
      budget.spend(text.length);
      texts.push(text);
    }
  }
  return texts;
}

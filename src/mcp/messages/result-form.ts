import { isRecord, type JsonRecord, recordsOf, stringOr } from '../../base/json.js';
import { wellFormed } from '../../base/well-formed.js';
import type { McpForm } from '../../model/mcp.js';

/** How a server answered a call. */
export type ServerAnswer =
  /** The JSON value `result`. */
  | { type: 'result'; result: unknown }
  /** The JSON value `error`. */
  | { type: 'error'; error: unknown }
  /** Not at all, or only after Claude Code had given up. */
  | { type: 'none' }
  /** With more than is kept, so that it cannot be compared. */
  | { type: 'too_large' };

/**
 * The form in which the model got a server's answer: whole, or how it was changed on the way (docs/mcp.md has the table). Reminders that
 * Claude Code adds behind a result do not count. Time is linear in the length of both.
 *
 * @param content of the `tool_result` block, as the API got it
 */
export function formOf(answer: ServerAnswer, content: unknown): McpForm {
  if (answer.type === 'none') return 'rewritten';
  const arrived = arrivedIn(content);
  if (answer.type === 'too_large') return isPersisted(arrived, []) ? 'persisted' : 'cut';

  const parts = answer.type === 'error' ? errorParts(answer.error) : resultParts(answer.result);
  const { missing, found, changed } = compare(parts, arrived, typeof content === 'string');
  if (missing === 0) return changed ? 'rewritten' : 'whole';
  if (isPersisted(arrived, parts)) return 'persisted';
  if (answer.type === 'result' && isStructuredOnly(answer.result, arrived)) return 'structured_only';
  if (changed) return 'rewritten';
  return found > 0 || arrived.every(isEmpty) || beginsAlike(parts, arrived) ? 'cut' : 'rewritten';
}

/** A part of an answer. Where the model gets `text`, words of Claude Code may come before it. */
type Part =
  | { type: 'text'; text: string; framed: boolean }
  | { type: 'image'; data: string }
  | { type: 'link'; uri: string };

/** A block of what the model got. */
type Arrived = { type: 'text'; text: string } | { type: 'image'; data: string } | { type: 'other' };

function errorParts(error: unknown): Part[] {
  return textPart(isRecord(error) ? stringOr(error.message, '') : '', true);
}

function resultParts(result: unknown): Part[] {
  if (!isRecord(result)) return [];
  const parts = recordsOf(result.content).flatMap(partsOf);
  if (parts.length > 0) return parts;
  // `toolResult` is the form of 2024-10-07.
  return textPart(structuredText(result) ?? stringOr(result.toolResult, ''));
}

function partsOf(block: JsonRecord): Part[] {
  switch (block.type) {
    case 'text':
      return textPart(stringOr(block.text, ''));
    case 'image':
      return [{ type: 'image', data: stringOr(block.data, '') }];
    case 'resource_link':
      return [{ type: 'link', uri: stringOr(block.uri, '') }];
    case 'resource': {
      const { text, blob, mimeType } = isRecord(block.resource) ? block.resource : {};
      if (typeof text === 'string') return textPart(text, true);
      const data = stringOr(blob, '');
      return stringOr(mimeType, '').startsWith('image/') ? [{ type: 'image', data }] : textPart(data, true);
    }
    default:
      return textPart(stringOr(block.data, '') || UNKNOWN_BLOCK, true);
  }
}

/** The text of a block of an unknown type: nothing that arrives ends with it. */
const UNKNOWN_BLOCK = '\u0000unknown';

/** An empty text has nothing that could be missing. */
function textPart(text: string, framed = false): Part[] {
  return text === '' ? [] : [{ type: 'text', text: wellFormed(text), framed }];
}

function arrivedIn(content: unknown): Arrived[] {
  if (typeof content === 'string') return [{ type: 'text', text: wellFormed(content) }];
  return recordsOf(content).map((block) => {
    if (block.type === 'text') return { type: 'text', text: wellFormed(stringOr(block.text, '')) };
    if (block.type !== 'image') return { type: 'other' };
    return { type: 'image', data: isRecord(block.source) ? stringOr(block.source.data, '') : '' };
  });
}

interface Comparison {
  found: number;
  missing: number;
  /** An image arrived with other data: Claude Code makes large ones smaller. */
  changed: boolean;
}

function compare(parts: readonly Part[], arrived: readonly Arrived[], joined: boolean): Comparison {
  return joined ? compareJoined(parts, arrived) : compareBlocks(parts, arrived);
}

/** A text that a failed call, a structured result or an older version gives: the texts, a line each. */
function compareJoined(parts: readonly Part[], [got]: readonly Arrived[]): Comparison {
  const text = got?.type === 'text' ? got.text : '';
  const texts = parts.filter((part) => part.type === 'text');
  const others = parts.length - texts.length;
  const [first] = texts;
  const isWhole = first?.framed && texts.length === 1 ? hasFramed(text, first.text) : begins(text, joinTexts(texts));
  return { found: isWhole ? texts.length : 0, missing: others + (isWhole ? 0 : texts.length), changed: false };
}

function joinTexts(texts: readonly { text: string }[]): string {
  return texts.map(({ text }) => text).join('\n');
}

/** How many blocks of Claude Code's own may lie between two blocks of the server. */
const MAX_ADDED = 4;

function compareBlocks(parts: readonly Part[], arrived: readonly Arrived[]): Comparison {
  let next = 0;
  let found = 0;
  let changed = false;
  for (const part of parts) {
    const window = arrived.slice(next, next + 1 + MAX_ADDED);
    const at = window.findIndex((block) => holds(block, part));
    if (at === -1) continue;
    const block = window[at];
    changed ||= part.type === 'image' && block?.type === 'image' && block.data !== part.data;
    next += at + 1;
    found += 1;
  }
  return { found, missing: parts.length - found, changed };
}

function holds(block: Arrived, part: Part): boolean {
  if (part.type === 'image') return block.type === 'image';
  if (block.type !== 'text') return false;
  if (part.type === 'link') return block.text.slice(0, MAX_LINK_TEXT).includes(part.uri.slice(0, MAX_URI));
  return part.framed ? hasFramed(block.text, part.text) : begins(block.text, part.text);
}

const MAX_LINK_TEXT = 10_000;
const MAX_URI = 1_000;

/** The text, and nothing of its line behind it. */
function begins(text: string, start: string): boolean {
  return text.startsWith(start) && (text.length === start.length || text[start.length] === '\n');
}

/** Ends with a text, or with it and what Claude Code adds: a line end, a reminder. */
function hasFramed(text: string, end: string): boolean {
  const ends = [text, text.slice(0, tailOf(text))];
  return ends.some((own) => own.endsWith(end) || own.endsWith(`${end}\n`));
}

/** Where the reminders behind a text begin; its length without any. */
function tailOf(text: string): number {
  const at = text.indexOf('\n\n<system-reminder>\n');
  return at === -1 ? text.length : at;
}

/** Claude Code's words for a result that it wrote to a file, at the beginning of a text. */
const FILE_MARKERS: readonly { start: string; holds: string }[] = [
  { start: '<persisted-output>\n', holds: '' },
  { start: 'Error: result (', holds: 'Output has been saved to ' },
  { start: '[', holds: ') saved to ' },
];
/** A resource's URI may come before the marker. */
const MAX_MARKER = 2_000;
const BINARY = 'Binary content (';

/** Unless the server itself said these words. */
function isPersisted(arrived: readonly Arrived[], parts: readonly Part[]): boolean {
  return arrived.some((block) => {
    if (block.type !== 'text') return false;
    const head = block.text.slice(0, MAX_MARKER);
    const marker = FILE_MARKERS.find(({ start, holds }) => head.startsWith(start) && head.includes(holds));
    if (marker === undefined || (marker.start === '[' && !head.includes(BINARY))) return false;
    const line = head.slice(0, BEGINNING);
    return !parts.some((part) => part.type === 'text' && part.text.startsWith(line));
  });
}

function isStructuredOnly(result: unknown, arrived: readonly Arrived[]): boolean {
  const json = isRecord(result) ? structuredText(result) : null;
  return json !== null && arrived.some((block) => block.type === 'text' && begins(block.text, json));
}

/** Null without one, and if it is nested too deep for JSON.stringify. */
function structuredText({ structuredContent }: JsonRecord): string | null {
  if (!isRecord(structuredContent)) return null;
  try {
    return wellFormed(JSON.stringify(structuredContent));
  } catch {
    return null;
  }
}

/** This many equal characters are no accident. */
const BEGINNING = 200;

/** The text that arrived begins as the server's does: a failed call keeps the first and the last 5,000 characters. */
function beginsAlike(parts: readonly Part[], arrived: readonly Arrived[]): boolean {
  const texts = parts.filter((part) => part.type === 'text');
  const beginning = joinTexts(texts.slice(0, BEGINNING)).slice(0, 2 * BEGINNING);
  return arrived.some((block) => {
    if (block.type !== 'text') return false;
    const own = block.text.slice(0, Math.min(tailOf(block.text), BEGINNING));
    return own !== '' && beginning.startsWith(own);
  });
}

function isEmpty(block: Arrived): boolean {
  return block.type === 'text' && block.text === '';
}

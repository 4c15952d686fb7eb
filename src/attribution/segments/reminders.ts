import type { RuleContext } from '../rules/rules.js';
import { type Cut, label } from './piece.js';
import { cutHarnessText, labelAt } from './split-text.js';

const OPEN = '<system-reminder>';
const CLOSE = '</system-reminder>';
const REMINDER = label('framework:reminder', 'reminder');

/** Whether a text is one reminder or several, and nothing else. */
export function isReminderBlock(text: string): boolean {
  return text.startsWith(OPEN) && closingTag(text, text.length) !== null;
}

/**
 * Cuts of the `<system-reminder>` blocks that a user text starts with, and where the rest begins. Only there does the
 * harness write them: one in the middle of what a person typed is theirs. So is one with text behind it where the
 * request has reminders in blocks of their own, or where it opens as none of the harness's does.
 */
export function cutLeadingReminders(
  text: string,
  reminderBlocks: boolean,
  context: RuleContext,
): { cuts: Cut[]; rest: number } {
  const whole = isReminderBlock(text);
  const cuts: Cut[] = [];
  let rest = 0;
  while (text.startsWith(OPEN, rest) && (whole || !reminderBlocks)) {
    if (!whole && labelAt(text, afterTag(text, rest), 'reminder', context) === null) break;
    const end = reminderEnd(text, rest);
    if (end === null) break;
    cuts.push(...cutReminder(text, rest, end, 'reminder', context));
    rest = end;
  }
  return { cuts, rest };
}

/**
 * Cuts of the reminders that end a tool_result. Each must stand behind a blank line and open with a known harness phrase:
 * a tool can print whatever it likes, and all else stays the tool's.
 */
export function cutTailReminders(text: string, place: 'tail' | 'file-tail', context: RuleContext): Cut[] {
  const cuts: Cut[][] = [];
  for (let end = text.length; ; ) {
    const start = lastReminder(text, end);
    if (start === null || labelAt(text, afterTag(text, start), place, context) === null) return cuts.reverse().flat();
    cuts.push(cutReminder(text, start, end, place, context));
    end = start;
  }
}

/** The reminders that end a text, one behind the other, whoever wrote them; empty when it ends otherwise. */
export function reminderTail(text: string): string {
  let end = text.length;
  for (let start = lastReminder(text, end); start !== null; start = lastReminder(text, end)) end = start;
  return text.slice(end);
}

/**
 * Where the reminder that ends at a place begins: tags that it quotes in pairs are skipped (2.0.30 does not escape what a
 * memory file holds). Null unless a blank line or nothing stands before it.
 */
function lastReminder(text: string, end: number): number | null {
  const close = closingTag(text, end);
  const nearest = close === null || close === 0 ? -1 : text.lastIndexOf(OPEN, close - 1);
  if (close === null || nearest === -1) return null;
  const start = pairedTag(text, nearest, close) ?? nearest;
  return start === 0 || text.startsWith('\n\n', start - 2) ? start : null;
}

/** The opening tag that pairs with a closing one, from the nearest one before it on. */
function pairedTag(text: string, nearest: number, close: number): number | null {
  let open = nearest;
  let quoted = text.lastIndexOf(CLOSE, close - 1);
  for (let depth = 1; ; ) {
    if (quoted > open) {
      depth += 1;
      quoted = text.lastIndexOf(CLOSE, quoted - 1);
    } else {
      depth -= 1;
      if (depth === 0) return open;
      if (open === 0) return null;
      open = text.lastIndexOf(OPEN, open - 1);
      if (open === -1) return null;
    }
  }
}

/** Where the closing tag stands that ends a range, blanks aside; null when it ends otherwise. */
function closingTag(text: string, end: number): number | null {
  const closed = text.slice(0, end).trimEnd();
  return closed.endsWith(CLOSE) ? closed.length - CLOSE.length : null;
}

/** A reminder that holds one thing only is one segment, tags included. */
function cutReminder(
  text: string,
  start: number,
  end: number,
  place: 'reminder' | 'tail' | 'file-tail',
  context: RuleContext,
): Cut[] {
  const inner = { start: afterTag(text, start), end: text.lastIndexOf(CLOSE, end - 1) };
  const cuts = cutHarnessText({ text, ...inner, place, base: REMINDER }, context).slice(1);
  const [only] = cuts;
  if (only !== undefined && cuts.length === 1 && only.start === inner.start) return [{ start, label: only.label }];
  return [{ start, label: REMINDER }, ...cuts, { start: inner.end, label: REMINDER }];
}

/**
 * Where a reminder ends, behind its closing tag and the blanks after it; null when it is never closed. A memory file may
 * name the closing tag, so the one that the next reminder or nothing follows is the true one.
 */
function reminderEnd(text: string, start: number): number | null {
  let first: number | null = null;
  for (let close = text.indexOf(CLOSE, start); close !== -1; close = text.indexOf(CLOSE, close + 1)) {
    const end = afterBlanks(text, close + CLOSE.length);
    if (end === text.length || text.startsWith(OPEN, end)) return end;
    first ??= end;
  }
  return first;
}

function afterTag(text: string, start: number): number {
  const after = start + OPEN.length;
  return text[after] === '\n' ? after + 1 : after;
}

function afterBlanks(text: string, position: number): number {
  const visible = /\S/g;
  visible.lastIndex = position;
  return visible.exec(text)?.index ?? text.length;
}

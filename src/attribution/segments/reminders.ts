import type { RuleContext } from '../rules/rules.js';
import { type Cut, label, UNMATCHED } from './piece.js';
import { labelAt } from './rule-match.js';
import { cutHarnessText } from './split-text.js';

const OPEN = '<system-reminder>';
const CLOSE = '</system-reminder>';
/** Reminders within reminders, closing tags without an opening one among them: without a limit each tail is searched to its start. */
const MAX_DEPTH = 8;
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
    const end = reminderEnd(text, rest);
    if (end === null) break;
    const reminder = text.slice(rest, end);
    if (!whole && labelAt(reminder, afterTag(reminder), 'reminder', context) === null) break;
    for (const cut of cutReminder(reminder, rest, 'reminder', context)) cuts.push(cut);
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
    const reminder = start === null ? '' : text.slice(start, end);
    if (start === null || labelAt(reminder, afterTag(reminder), place, context) === null) return cuts.reverse().flat();
    cuts.push(cutReminder(reminder, start, place, context));
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

/** The opening tag that pairs with a closing one, from the nearest one before it on; null when there is none near. */
function pairedTag(text: string, nearest: number, close: number): number | null {
  let open = nearest;
  let quoted = text.lastIndexOf(CLOSE, close - 1);
  for (let depth = 1; ; ) {
    if (quoted > open) {
      depth += 1;
      if (depth > MAX_DEPTH) return null;
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

/** Cuts of a whole reminder, which stands at `start`. One that holds one thing only is one segment, tags included. */
function cutReminder(
  reminder: string,
  start: number,
  place: 'reminder' | 'tail' | 'file-tail',
  context: RuleContext,
): Cut[] {
  const words = { start: afterTag(reminder), end: reminder.lastIndexOf(CLOSE) };
  const cuts = cutHarnessText({ text: reminder, offset: start, ...words, place, base: UNMATCHED }, context);
  const held = cuts.filter((cut, index) => cut.start !== cuts[index + 1]?.start);
  const [only] = held;
  if (only !== undefined && held.length === 1) return [{ start, label: only.label }];
  return [{ start, label: REMINDER }, ...held, { start: start + words.end, label: REMINDER }];
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

/** Where the words of a reminder begin. */
function afterTag(reminder: string): number {
  return reminder[OPEN.length] === '\n' ? OPEN.length + 1 : OPEN.length;
}

function afterBlanks(text: string, position: number): number {
  const visible = /\S/g;
  visible.lastIndex = position;
  return visible.exec(text)?.index ?? text.length;
}

import { type Cut, label } from './piece.js';
import type { RuleContext } from './rules.js';
import { cutHarnessText, labelAt } from './split-text.js';

const OPEN = '<system-reminder>';
const CLOSE = '</system-reminder>';
const REMINDER = label('framework:reminder', 'reminder');

/**
 * Cuts of the `<system-reminder>` blocks that a user text starts with, and where the rest begins. Only there does the
 * harness write them: one in the middle of what a person typed is theirs.
 */
export function cutLeadingReminders(text: string, context: RuleContext): { cuts: Cut[]; rest: number } {
  const cuts: Cut[] = [];
  let rest = 0;
  while (text.startsWith(OPEN, rest)) {
    const end = reminderEnd(text, rest);
    if (end === null) break;
    cuts.push(...cutReminder(text, rest, end, 'reminder', context));
    rest = end;
  }
  return { cuts, rest };
}

/**
 * Cuts of the reminders that end a tool_result. Each must start a line and open with a known harness phrase: a tool can
 * print whatever it likes, and all else stays the tool's.
 */
export function cutTailReminders(text: string, context: RuleContext): Cut[] {
  const cuts: Cut[] = [];
  for (let end = text.length; ; ) {
    const closed = text.slice(0, end).trimEnd();
    const start = closed.endsWith(CLOSE) ? closed.lastIndexOf(OPEN) : -1;
    const startsLine = start === 0 || text[start - 1] === '\n';
    if (start === -1 || !startsLine || labelAt(text, afterTag(text, start), 'tail', context) === null) return cuts;
    cuts.unshift(...cutReminder(text, start, end, 'tail', context));
    end = start;
  }
}

/** A reminder that holds one thing only is one segment, tags included. */
function cutReminder(
  text: string,
  start: number,
  end: number,
  place: 'reminder' | 'tail',
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

import type { RuleContext } from '../rules/rule.js';
import { type Boundary, label, UNMATCHED } from './piece.js';
import { afterTag, CLOSE, isReminderBlock, lastReminder, OPEN, reminderEnd } from './reminder-tags.js';
import { labelAt } from './rule-match.js';
import { splitHarnessText } from './split-text.js';

/** Messages that arrive while the model works. They trigger hooks as prompts do. */
const MESSAGE = /^<system-reminder>\n(?:The user sent a new message while you were working:|\[SYSTEM NOTIFICATION )/;
const MESSAGE_HEAD = 100;
const REMINDER = label('framework:reminder', 'reminder');

/**
 * Boundaries of the `<system-reminder>` blocks at the start of a user text, and where the rest begins. The harness writes
 * them only there: the user typed one in the middle of a text, one with text behind it in a request whose reminders have
 * blocks of their own, and one that opens unlike any of the harness's.
 */
export function splitLeadingReminders(
  text: string,
  reminderBlocks: boolean,
  context: RuleContext,
): { boundaries: Boundary[]; rest: number } {
  const whole = isReminderBlock(text);
  const boundaries: Boundary[] = [];
  let rest = 0;
  while (text.startsWith(OPEN, rest) && (whole || !reminderBlocks)) {
    const end = reminderEnd(text, rest);
    if (end === null) break;
    const reminder = text.slice(rest, end);
    if (!whole && boundaries.length === 0 && labelAt(reminder, afterTag(reminder), 'reminder', context) === null) break;
    for (const boundary of splitReminder(reminder, rest, 'reminder', context)) boundaries.push(boundary);
    rest = end;
  }
  return { boundaries, rest };
}

/**
 * Boundaries of the consecutive reminders at the end of a tool_result. Each must follow a blank line, and the first must
 * open with a known phrase of the harness: a tool can print any text, and all else stays the tool's. Behind the first,
 * reminders without a matching rule count, too.
 */
export function splitTailReminders(text: string, place: 'tail' | 'file-tail', context: RuleContext): Boundary[] {
  const starts: number[] = [];
  for (let start = lastReminder(text, text.length); start !== null; start = lastReminder(text, start)) {
    context.budget.spend((starts.at(-1) ?? text.length) - start);
    starts.push(start);
  }
  const messageArrived = starts.some((start) => MESSAGE.test(text.slice(start, start + MESSAGE_HEAD)));
  const here = messageArrived ? { ...context, messageArrived } : context;
  const boundaries: Boundary[][] = [];
  /** How many of `boundaries` count: those from the first known one on. */
  let counted = 0;
  for (const [index, start] of starts.entries()) {
    const reminder = text.slice(start, starts[index - 1] ?? text.length);
    boundaries.push(splitReminder(reminder, start, place, here));
    if (labelAt(reminder, afterTag(reminder), place, here) !== null) counted = boundaries.length;
    else if (place === 'file-tail') break;
  }
  return boundaries.slice(0, counted).reverse().flat();
}

/** Boundaries of a whole reminder, which begins at `start`. One with a single label is one segment, tags included. */
function splitReminder(
  reminder: string,
  start: number,
  place: 'reminder' | 'tail' | 'file-tail',
  context: RuleContext,
): Boundary[] {
  const words = { start: afterTag(reminder), end: reminder.lastIndexOf(CLOSE) };
  const boundaries = splitHarnessText({ text: reminder, offset: start, ...words, place, base: UNMATCHED }, context);
  const held = boundaries.filter((boundary, index) => boundary.start !== boundaries[index + 1]?.start);
  const [only] = held;
  if (only !== undefined && held.length === 1) return [{ start, label: only.label }];
  return [{ start, label: REMINDER }, ...held, { start: start + words.end, label: REMINDER }];
}

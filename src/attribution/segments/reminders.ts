import type { RuleContext } from '../rules/rule.js';
import { type Cut, label, UNMATCHED } from './piece.js';
import { afterTag, CLOSE, isReminderBlock, lastReminder, OPEN, reminderEnd } from './reminder-tags.js';
import { labelAt } from './rule-match.js';
import { cutHarnessText } from './split-text.js';

/** What comes while the model works, and is a prompt to hooks. */
const MESSAGE = /^<system-reminder>\n(?:The user sent a new message while you were working:|\[SYSTEM NOTIFICATION )/;
const MESSAGE_HEAD = 100;
const REMINDER = label('framework:reminder', 'reminder');

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
    if (!whole && cuts.length === 0 && labelAt(reminder, afterTag(reminder), 'reminder', context) === null) break;
    for (const cut of cutReminder(reminder, rest, 'reminder', context)) cuts.push(cut);
    rest = end;
  }
  return { cuts, rest };
}

/**
 * Cuts of the reminders that end a tool_result, one behind the other. Each must stand behind a blank line, and the first must
 * open with a known harness phrase: a tool can print whatever it likes, and all else stays the tool's. Behind it the harness
 * may say what no row knows.
 */
export function cutTailReminders(text: string, place: 'tail' | 'file-tail', context: RuleContext): Cut[] {
  const starts: number[] = [];
  for (let start = lastReminder(text, text.length); start !== null; start = lastReminder(text, start)) {
    context.budget.spend((starts.at(-1) ?? text.length) - start);
    starts.push(start);
  }
  const messageArrived = starts.some((start) => MESSAGE.test(text.slice(start, start + MESSAGE_HEAD)));
  const here = messageArrived ? { ...context, messageArrived } : context;
  const cuts: Cut[][] = [];
  /** Of `cuts`, those from the first known one on. */
  let believed = 0;
  for (const [index, start] of starts.entries()) {
    const reminder = text.slice(start, starts[index - 1] ?? text.length);
    cuts.push(cutReminder(reminder, start, place, here));
    if (labelAt(reminder, afterTag(reminder), place, here) !== null) believed = cuts.length;
    else if (place === 'file-tail') break;
  }
  return cuts.slice(0, believed).reverse().flat();
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

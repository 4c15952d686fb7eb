export const OPEN = '<system-reminder>';
export const CLOSE = '</system-reminder>';
/** Nested reminders, and closing tags without an opening one. Without a limit each tail would be searched to its start. */
const MAX_DEPTH = 8;

/** Whether a text is one reminder or several, and nothing else. */
export function isReminderBlock(text: string): boolean {
  return text.startsWith(OPEN) && closingTag(text, text.length) !== null;
}

/** The consecutive reminders at the end of a text, if any, whoever wrote them. */
export function reminderTail(text: string): string {
  let end = text.length;
  for (let start = lastReminder(text, end); start !== null; start = lastReminder(text, end)) end = start;
  return text.slice(end);
}

/**
 * Where the reminder begins that ends at a position. Quoted pairs of tags are skipped: 2.0.30 does not escape memory files.
 * Null unless it begins the text or follows a blank line.
 */
export function lastReminder(text: string, end: number): number | null {
  const close = closingTag(text, end);
  const nearest = close === null || close === 0 ? -1 : text.lastIndexOf(OPEN, close - 1);
  if (close === null || nearest === -1) return null;
  const start = pairedTag(text, nearest, close) ?? nearest;
  return start === 0 || text.startsWith('\n\n', start - 2) ? start : null;
}

/** The opening tag that pairs with a closing one, searched backwards from `nearest`; null if none is near. */
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

/** The position of the closing tag that ends a range, ignoring trailing blanks; null when it ends otherwise. */
function closingTag(text: string, end: number): number | null {
  const closed = text.slice(0, end).trimEnd();
  return closed.endsWith(CLOSE) ? closed.length - CLOSE.length : null;
}

/**
 * Where a reminder ends, behind its closing tag and the blanks after it; null when it is never closed. A memory file may
 * quote the closing tag, so the right one is followed by another reminder or by the end.
 */
export function reminderEnd(text: string, start: number): number | null {
  let first: number | null = null;
  for (let close = text.indexOf(CLOSE, start); close !== -1; close = text.indexOf(CLOSE, close + 1)) {
    const end = afterBlanks(text, close + CLOSE.length);
    if (end === text.length || text.startsWith(OPEN, end)) return end;
    first ??= end;
  }
  return first;
}

/** Where the text of a reminder begins. */
export function afterTag(reminder: string): number {
  return reminder[OPEN.length] === '\n' ? OPEN.length + 1 : OPEN.length;
}

export function afterBlanks(text: string, position: number): number {
  const visible = /\S/g;
  visible.lastIndex = position;
  return visible.exec(text)?.index ?? text.length;
}

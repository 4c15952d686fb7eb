const REMINDER = { open: '<system-reminder>', close: '</system-reminder>' };

/** Texts that differ between two runs of the same session, and their replacements. Linear on any text. */
const VOLATILE: readonly (readonly [pattern: RegExp, stable: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  // Hashes, and Claude Code's ids of agents: 17 hexadecimal digits (2.1.332).
  [/\b[0-9a-f]{16,}\b/g, '<id>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<date>'],
  // `duration_ms: 433` in results of agents (2.1.332), `1.5s`, `20 ms`.
  [/\bduration_ms\W{1,3}\d+|\b\d{1,12}(?:\.\d{1,9})?\s?(?:ms|s|seconds?|minutes?)\b/g, '<duration>'],
  [/\s+/g, ' '],
];

/** A text without reminders of Claude Code, ids, dates, durations and differences of blanks. */
export function stableText(text: string): string {
  return VOLATILE.reduce((result, [pattern, stable]) => result.replace(pattern, stable), withoutReminders(text)).trim();
}

function withoutReminders(text: string): string {
  const kept: string[] = [];
  let end = 0;
  for (;;) {
    const start = text.indexOf(REMINDER.open, end);
    const close = start === -1 ? -1 : text.indexOf(REMINDER.close, start);
    if (close === -1) break;
    kept.push(text.slice(end, start));
    end = close + REMINDER.close.length;
  }
  kept.push(text.slice(end));
  return kept.join('\n');
}

/** A limit for one request. */
const MAX_NAMES = 100;
const ID =
  /<(?:agent-message from|teammate-message teammate_id)="([^"\n]{1,80})"|<t(?:ool-use|ask)-id>([^<\n]{1,80})</g;
const COMMAND = /<command-name>\/?([^<\s]{1,200})<|^\/([\w:.-]{1,200})(?=[ \n]|$)/g;

/** Ids of calls and agents in messages and notifications. */
export function mentionedIds(texts: readonly string[]): ReadonlySet<string> {
  return namesIn(texts, ID, /<(?:agent-message|teammate-message|tool-use-id|task-id)/);
}

/** Names of typed slash commands. */
export function typedCommands(texts: readonly string[]): ReadonlySet<string> {
  return namesIn(texts, COMMAND, /^\/|<command-name>/);
}

function namesIn(texts: readonly string[], pattern: RegExp, hint: RegExp): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    if (!hint.test(text)) continue;
    for (const [, one, other] of text.matchAll(pattern)) {
      names.add(one ?? other ?? '');
      if (names.size === MAX_NAMES) return names;
    }
  }
  return names;
}

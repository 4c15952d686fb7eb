/** More in one request are not looked up. */
const MAX_NAMED = 100;
const ID =
  /<(?:agent-message from|teammate-message teammate_id)="([^"\n]{1,80})"|<t(?:ool-use|ask)-id>([^<\n]{1,80})</g;
const SKILL = /<command-name>\/?([^<\s]{1,200})<|^\/([\w:.-]{1,200})(?=[ \n]|$)/g;

/** Ids of calls and agents that texts name, as messages and notifications do. */
export function namedIds(texts: readonly string[]): ReadonlySet<string> {
  return found(texts, ID, /<(?:agent-message|teammate-message|tool-use-id|task-id)/);
}

/** Names of slash commands that were typed. */
export function namedSkills(texts: readonly string[]): ReadonlySet<string> {
  return found(texts, SKILL, /^\/|<command-name>/);
}

function found(texts: readonly string[], pattern: RegExp, hint: RegExp): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    if (!hint.test(text)) continue;
    for (const [, one, other] of text.matchAll(pattern)) {
      names.add(one ?? other ?? '');
      if (names.size === MAX_NAMED) return names;
    }
  }
  return names;
}

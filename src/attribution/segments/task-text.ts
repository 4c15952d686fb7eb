const SKILL_BODY = /^Base directory for this skill: ([^\n]+)/;
/** How a team's lead gives an agent its task. */
const LEADS_TASK = /^<teammate-message (?:[^>\n]{1,200} )?teammate_id="team-lead"[^>\n]*>\n/;
const LEADS_END = '\n</teammate-message>';

/** A task, trimmed, and without the tags of a team's lead. */
export function withoutLead(prompt: string): string {
  const [opening] = LEADS_TASK.exec(prompt) ?? [];
  if (opening === undefined) return prompt.trim();
  const close = prompt.indexOf(LEADS_END, opening.length);
  return prompt.slice(opening.length, close === -1 ? prompt.length : close).trim();
}

/** The name of the skill's folder, when the text is the body of a skill; else null. */
export function skillFolder(text: string): string | null {
  const directory = SKILL_BODY.exec(text)?.[1];
  return directory === undefined ? null : lastName(directory);
}

function lastName(directory: string): string {
  const names = directory.trim().split(/[\\/]/);
  return names.findLast((name) => name !== '') ?? directory;
}

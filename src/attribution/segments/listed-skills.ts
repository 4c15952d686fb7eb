const FRAME = /^(?:[^\s]+ ){0,6}skills are (?:now |also )?available\b/m;
const ENTRY = /^- ([^\s:`]+(?::[^\s:`]+)*)(?::\s|$)/;

/**
 * Names of the skills in listings. Bundled skills and command files are among them, and look like commands when they are
 * typed.
 */
export function listedSkills(texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    const frame = text.includes('skills are ') ? FRAME.exec(text) : null;
    if (frame === null) continue;
    let behindBlank = false;
    for (const line of text.slice(text.indexOf('\n', frame.index) + 1).split('\n')) {
      const isBlank = line.trim() === '';
      if (behindBlank && !isBlank && !line.startsWith('- ')) break;
      const [, name] = ENTRY.exec(line) ?? [];
      if (name !== undefined) names.add(name);
      behindBlank = isBlank;
    }
  }
  return names;
}

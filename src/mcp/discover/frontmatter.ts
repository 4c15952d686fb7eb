/** Loaded only for agents that have servers: a parser of YAML takes time to load. */
import { parse } from 'yaml';

/** The value of a YAML document; null if Claude Code, too, would find it invalid. */
export function parseFrontmatter(text: string): unknown {
  try {
    // Warnings would be printed on the terminal of Claude Code.
    return parse(text, { logLevel: 'error' });
  } catch {
    return null;
  }
}

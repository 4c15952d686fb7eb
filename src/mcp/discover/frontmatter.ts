/** Loaded only for agents that have servers: a parser of YAML takes time to load. */
import { parse } from 'yaml';

/** The value of a YAML document; null if Claude Code, too, would find it invalid. */
export function parseFrontmatter(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

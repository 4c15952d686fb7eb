/** Loaded only for agents that have servers: a parser of YAML takes time to load. */
import { parse } from 'yaml';

/** The value of a YAML document; null where it is not valid, as for Claude Code. */
export function parseFrontmatter(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

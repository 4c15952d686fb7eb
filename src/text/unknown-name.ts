import { printableLine } from './text.js';

/**
 * `No source matches "serena". Did you mean mcp:serena?`
 * @param what `source`, `model`, … @param similar the most similar first
 */
export function describeUnknown(what: string, pattern: string, similar: readonly string[]): string {
  const names = similar.map((name) => printableLine(name));
  const last = names.pop();
  const question = last === undefined ? '' : ` Did you mean ${[names.join(', '), last].filter(Boolean).join(' or ')}?`;
  return printableLine(`No ${what} matches "${pattern}".`) + question;
}

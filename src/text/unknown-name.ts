import { alternatives } from '../base/alternatives.js';
import { printableLine } from './text.js';

/**
 * `No source matches "serena". Did you mean mcp:serena?`
 * @param what `source`, `model`, … @param similar the most similar first
 */
export function describeUnknown(what: string, pattern: string, similar: readonly string[]): string {
  const names = similar.map((name) => printableLine(name));
  const question = names.length === 0 ? '' : ` Did you mean ${alternatives(names)}?`;
  return printableLine(`No ${what} matches "${pattern}".`) + question;
}

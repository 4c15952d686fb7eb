import type { ReplayedRequest, RequestDifference } from '../../model/replayed-request.js';
import { printableLine } from '../text.js';
import { counted } from '../units.js';

/** A sentence about a request that was not answered as recorded; null where there is nothing new to say. */
export function describeReplayed({ match, recorded, differences, problem }: ReplayedRequest): string | null {
  if (problem !== null) return printableLine(problem);
  if (match === 'equal' || differences.length === 0) return null;
  const what = differences.map(describeDifference).join('; ');
  return printableLine(`A request differs from ${recorded}, whose answer it gets: ${what}.`);
}

function describeDifference(difference: RequestDifference): string {
  switch (difference.in) {
    case 'model':
      return `its model is ${difference.given}, not ${difference.recorded}`;
    case 'max_tokens':
      return `its max_tokens is ${difference.given}, not ${difference.recorded}`;
    case 'tools':
      return [list('it also has the tools', difference.added), list('it lacks the tools', difference.removed)]
        .filter((text) => text !== '')
        .join(', ');
    case 'definitions':
      return 'its tools have other definitions';
    case 'turn': {
      const { turn, role, tools } = difference;
      return tools.length > 0 ? list(`turn ${turn} has other results of`, tools) : `turn ${turn} (${role}) is another`;
    }
  }
}

/** Names beyond these are counted. */
const MAX_NAMES = 5;

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `${what} ${names.slice(0, MAX_NAMES).join(', ')}${rest}`;
}

/** How often each happened. */
export type ReplayedCounts = Record<ReplayedRequest['match'], number>;

/** `9 requests answered from session f0b1c2d3, 1 of them similar; 2 without a recorded answer`. */
export function describeReplay(sessionId: string, { equal, similar, none }: ReplayedCounts): string {
  const answered = equal + similar;
  const parts = [`${counted(answered, 'request')} answered from session ${sessionId.slice(0, 8)}`];
  if (similar > 0) parts.push(`${similar} of them not equal to the recorded one`);
  if (none > 0) parts.push(`${none} without a recorded answer`);
  return parts.join(', ');
}

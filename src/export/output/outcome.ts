import { printableLine } from '../../text/text.js';
import type { Outcome } from '../run.js';
import type { Reached } from '../walk.js';

/** A sentence or two: what was exported, what was not whole, and the options that go on from there. */
export function describeOutcome({ requests, incomplete, reached, stopped }: Outcome): string {
  const parts = [
    `${stopped ? 'interrupted: ' : ''}${requests} ${requests === 1 ? 'request' : 'requests'} exported`,
    reached.time === null ? null : `up to ${reached.time}`,
    incomplete === 0 ? null : `${incomplete} with something cut off or damaged`,
    reached.leftOut.length === 0 ? null : `${reached.leftOut.length} left out, still open`,
  ];
  const options = resumeOptions(reached);
  return `${parts.filter((part) => part !== null).join(', ')}.${options === null ? '' : ` To go on from there: ${options}`}`;
}

/** With the same filter they export what comes behind, and nothing twice; null before the first request. */
function resumeOptions({ after, leftOut }: Reached): string | null {
  const options = [
    ...(after === null ? [] : [`--after ${printableLine(after)}`]),
    ...(leftOut.length === 0 ? [] : [`--left-out ${printableLine(leftOut.join(','))}`]),
  ];
  return options.length === 0 ? null : options.join(' ');
}

import type { NearMiss } from './choice.js';
import type { Difference } from './differences.js';
import { labelOf, type Recording } from './recording.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, type Outcome } from './unrecorded.js';

const MAX_VALUE_LENGTH = 80;
const MAX_DESCRIBED = 3;

/** The answer to a request that was not recorded: it says what was. */
export function missAnswer(label: string, nearest: NearMiss | null, recording: Recording): Outcome {
  const why = nearest === null ? 'no request of this method was recorded' : describeNearest(nearest);
  return {
    error: {
      code: nearest === null ? METHOD_NOT_FOUND : INVALID_PARAMS,
      message: `claude-trace replay: the tape has no answer to ${label}: ${why}.`,
      data: { recorded: Object.fromEntries(recording.requests) },
    },
  };
}

function describeNearest({ method, name, differences }: NearMiss): string {
  const shown = differences.slice(0, MAX_DESCRIBED).map(describeDifference);
  const more = differences.length > MAX_DESCRIBED ? ` and ${differences.length - MAX_DESCRIBED} more` : '';
  return `the nearest recorded request, ${labelOf(method, name)}, differs at ${shown.join(', ')}${more}`;
}

/** `$.arguments.city (recorded "Oslo", now "Bergen")` */
function describeDifference({ path, recorded, found }: Difference): string {
  return `${path} (recorded ${shortJson(recorded)}, now ${shortJson(found)})`;
}

function shortJson(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

import type { Miss } from './choice.js';
import type { Difference } from './differences.js';
import type { Cue, Recording } from './recording.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, type Outcome } from './unrecorded.js';

const MAX_VALUE_LENGTH = 80;
const MAX_LISTED = 20;
const MAX_DESCRIBED = 3;

/** The answer to a request that was not recorded: it says what was. */
export function missAnswer(label: string, { nearest }: Miss, recording: Recording): Outcome {
  const why = nearest === null ? 'no request of this method was recorded' : describeNearest(nearest);
  return {
    error: {
      code: nearest === null ? METHOD_NOT_FOUND : INVALID_PARAMS,
      message: `claude-trace replay: the tape has no answer to ${label}: ${why}.`,
      data: { recorded: recordedRequests(recording.cues) },
    },
  };
}

function describeNearest({ cue, differences }: NonNullable<Miss['nearest']>): string {
  const shown = differences.slice(0, MAX_DESCRIBED).map(describeDifference);
  const more = differences.length > MAX_DESCRIBED ? ` and ${differences.length - MAX_DESCRIBED} more` : '';
  return `the nearest recorded request, ${labelOf(cue)}, differs at ${shown.join(', ')}${more}`;
}

/** `$.arguments.city (recorded "Oslo", now "Bergen")` */
function describeDifference({ path, recorded, found }: Difference): string {
  return `${path} (recorded ${shortJson(recorded)}, now ${shortJson(found)})`;
}

/** `tools/call find` */
export function labelOf({ method, name }: Pick<Cue, 'method' | 'name'>): string {
  return name === null ? method : `${method} ${name}`;
}

function shortJson(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** `tools/call find: 3` */
function recordedRequests(cues: readonly Cue[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const cue of cues) {
    if (cue.kind === 'request') counts.set(labelOf(cue), (counts.get(labelOf(cue)) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].slice(0, MAX_LISTED));
}

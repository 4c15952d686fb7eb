import type { Env } from '../base/env.js';
import { describeError } from '../base/error-text.js';
import { UserError } from '../base/errors.js';
import { type ApiAccess, apiAccess, type NotMeasurable } from '../runtime/measure/api-access.js';
import type { CountError } from '../runtime/measure/count-error.js';
import type { StoredMeasurement } from '../runtime/measure/measure-stored.js';
import { notify } from '../text/output/stderr.js';
import { counted, formatPercent, shareOf } from '../text/units.js';

/** The user's access to the API. @throws UserError saying what is missing */
export function neededAccess(env: Env): ApiAccess {
  const access = apiAccess(env);
  if (typeof access === 'string') throw new UserError(WHY_NOT[access]);
  return access;
}

const WHY_NOT: Readonly<Record<NotMeasurable, string>> = {
  no_key:
    'Measuring needs a key of your own: set ANTHROPIC_API_KEY. Counting is free; the credentials of captured requests are never used.',
  subscription_token:
    'ANTHROPIC_API_KEY is the token of a subscription, which is for Claude Code only. Measuring needs an API key, from console.anthropic.com.',
  bad_key: 'ANTHROPIC_API_KEY has characters that a key cannot have. Set it again.',
  bad_url: 'ANTHROPIC_BASE_URL is not an http or https URL. Correct it, or unset it to ask api.anthropic.com.',
  insecure_url:
    'ANTHROPIC_BASE_URL is not https, so others could read your key on the way. Unset it to ask api.anthropic.com.',
};

export function notifyUnattributed(error: unknown): void {
  notify(`Some requests could not be attributed: ${describeError(error)}.`);
}

/** The result of a measurement, in sentences. */
export function describeMeasurement(measurement: StoredMeasurement): string[] {
  const { counted: requests, measured, refused, firstRefusal, stopped, tokens, reattributed } = measurement;
  const lines = [
    requests === 0 && measured === 0 && refused === 0 && stopped === null
      ? 'Nothing is left to measure.'
      : `${counted(requests, 'request')} counted, ${counted(measured, 'piece')} of content measured.`,
  ];
  if (refused > 0) {
    const why = firstRefusal === null ? '' : ` (${describeAnswer(firstRefusal)})`;
    lines.push(`The API refused to count ${counted(refused, 'request')}${why}: those parts stay as they were.`);
    if (firstRefusal?.code === 'no_model') lines.push('It does not know the model, which may have been retired.');
    else if (isRefusedWhole(measurement)) lines.push('If this is not expected, check ANTHROPIC_BASE_URL.');
  }
  if (reattributed.contradicted > 0) {
    lines.push(
      `The counts contradict the bills of ${counted(reattributed.contradicted, 'request')}, so they were not used there. Check ` +
        'ANTHROPIC_BASE_URL; `claude-trace measure --forget` removes all counts.',
    );
  }
  if (stopped === 'interrupted')
    lines.push('Interrupted. The counts so far are kept: `claude-trace measure` continues.');
  if (reattributed.severed > 0) {
    lines.push(
      `${counted(reattributed.severed, 'request')} left as they were: earlier requests of the session are no longer stored.`,
    );
  }
  if (tokens.total > 0) {
    const [before, after] = [tokens.exactBefore, tokens.exactAfter].map((part) =>
      formatPercent(shareOf(part, tokens.total)),
    );
    lines.push(`Tokens known exactly: ${before === after ? after : `${before} before, ${after} now`}.`);
  }
  return lines;
}

/** Whether the API counted nothing of what it was asked. */
export function isRefusedWhole({ counted: answers, refused }: Pick<StoredMeasurement, 'counted' | 'refused'>): boolean {
  return answers === 0 && refused > 0;
}

/** The reason why a measurement ended early, and what to do. */
export function describeStop(error: CountError): string {
  const answer = describeAnswer(error);
  switch (error.code) {
    case 'unauthorized':
      return `The API does not accept ANTHROPIC_API_KEY (${answer}).`;
    case 'unavailable':
      return `The API cannot count at the moment (${answer}). The counts so far are kept: \`claude-trace measure\` continues later.`;
    default:
      return `The answer is not one of count_tokens (${answer}). Check ANTHROPIC_BASE_URL.`;
  }
}

function describeAnswer({ status, reason }: CountError): string {
  const parts = [status === null ? null : `HTTP ${status}`, reason].filter((part) => part !== null);
  return parts.length === 0 ? 'no answer in time' : parts.join(', ');
}

import type { Fault } from '../file/action-schema.js';
import type { RuleStep } from '../types.js';
import type { Acting, Effect } from './action.js';
import { answerTo, instead, REQUEST_TIMEOUT, RULE_ERROR } from './answer.js';

/** The ways in which a server misbehaves. */
export function faulted(fault: Fault, acting: Acting): Effect {
  const { rule } = acting;
  const after: RuleStep[] = fault.after_ms ? [{ do: 'delay', ms: fault.after_ms, rule }] : [];
  const detail = fault.after_ms ? `${fault.kind} after ${fault.after_ms} ms` : fault.kind;
  const effect = misbehave(fault, acting);
  return { isEnd: true, ...effect, detail, steps: [...after, ...(effect.steps ?? [])] };
}

function misbehave(fault: Fault, acting: Acting): Omit<Effect, 'detail'> {
  const { rule } = acting;
  switch (fault.kind) {
    case 'timeout':
      if (fault.after_ms === undefined) return { steps: [{ do: 'drop', rule }] };
      return instead(acting, { error: { code: REQUEST_TIMEOUT, message: 'Request timed out' } }, '');
    case 'malformed':
      return { steps: malformed(acting) };
    case 'rate_limit': {
      const { retry_after_ms: retryAfter } = fault;
      const data = retryAfter === undefined ? undefined : { retry_after_ms: retryAfter };
      const when = retryAfter === undefined ? '' : `: try again in ${Math.ceil(retryAfter / 1_000)} s`;
      const error = { code: RULE_ERROR.rateLimit, message: `Rate limit exceeded${when}`, data };
      const effect = instead(acting, { error }, '');
      const rateLimit = { retryAfterMs: retryAfter ?? null };
      const steps = (effect.steps ?? []).map((step) => (step.do === 'answer' ? { ...step, rateLimit } : step));
      return { ...effect, steps };
    }
    case 'close':
      return { steps: [{ do: 'close', rule }] };
    case 'slow':
      return { steps: [{ do: 'slow', bytesPerSecond: fault.bytes_per_second, rule }], isEnd: false };
  }
}

/** The beginning of an answer, without line ends in it. */
function malformed(acting: Acting): RuleStep[] {
  const { message, rule } = acting;
  if (message.kind === 'request') {
    const whole = answerTo(message, { result: { content: [{ type: 'text', text: 'cut by a rule' }] } });
    return [{ do: 'answer', bytes: whole.subarray(0, whole.length - 12), rule }];
  }
  return [{ do: 'replace', bytes: message.bytes.subarray(0, Math.ceil(message.bytes.length / 2)), rule }];
}

import type { RequestDetail, RequestShare } from '../../model/request.js';
import { unmatchedIn } from '../../model/unmatched.js';
import { describeCacheMiss } from '../cache-miss.js';
import { formatCost, formatInput, formatOutput } from '../request-figures.js';
import { describeFields } from '../text.js';
import { formatBytes, formatDuration, formatPercent, formatRating, formatTime, formatTokens } from '../units.js';

/** All facts of a request except its segments. */
export function describeRequest(request: RequestDetail): string[] {
  return describeFields(requestFields(request));
}

/** Null where a value is unknown or does not apply. */
export function requestFields(request: RequestDetail): [name: string, value: string | null][] {
  const { tokens, response, cacheMiss: miss } = request;
  const input = `${formatInput(tokens)} tokens (${describeCache(request)}; ${tokens.known})`;
  return [
    ['request', request.id],
    ['time', formatTime(request.timestamp, new Date())],
    ['what', request.origin === 'wire' ? `${request.method} ${request.url}` : request.url],
    ['origin', request.origin === 'wire' ? null : describeOrigin(request)],
    ['kind', `${request.kind}${request.streaming ? ', streaming' : ''}`],
    ['model', request.model],
    ['session', request.sessionId],
    ['agent', request.agentId],
    ['purpose', describePurpose(request)],
    ['thread', describePlace(request)],
    ['state', request.state.replace('_', ' ')],
    ['status', response?.status ? `${response.status} ${response.reason ?? ''}`.trim() : null],
    ['error', request.error],
    ['degraded', request.degraded ?? response?.degraded ?? null],
    ['attribution', request.attributed === false ? UNATTRIBUTED : null],
    ['input', tokens.input === null ? null : input],
    ['cache missed', miss && describeCacheMiss(miss)],
    ['output', describeOutput(request)],
    ['cost', describeCost(request)],
    ['other models', describeIterations(request)],
    ['rated', describeRating(request)],
    ['times', request.origin === 'wire' ? describeTimes(request) : null],
    ['body sent', describeBody(request.requestBody)],
    ['body received', response ? describeBody(response.body) : null],
  ];
}

/** What a transcript does not have. */
function describeOrigin({ thread }: RequestDetail): string {
  const missing = thread?.unrecorded ? 'no times, system prompt or tool definitions' : 'no times of the answer';
  return `a transcript of Claude Code, which has ${missing}`;
}

const UNATTRIBUTED = 'none: it failed or took too long; `claude-trace reattribute` tries again';

function describeOutput({ origin, tokens }: RequestDetail): string | null {
  if (tokens.output === null) return null;
  const why = origin === 'wire' ? 'the answer ended before its bill' : 'the transcript was written before its bill';
  const estimated = tokens.outputKnown === 'estimated' ? `, estimated from its text: ${why}` : '';
  return `${formatOutput(tokens)} tokens${estimated}`;
}

function describeCost(request: RequestDetail): string | null {
  const { costUsd, model, unpriced, response } = request;
  const named = response?.pricedAs ?? null;
  const notes = [
    ...(named === null || named === model ? [] : [`at the price of ${named}`]),
    ...(unpriced.length === 0 ? [] : [`without ${unpriced.join(', ')}`]),
  ];
  if (costUsd === null && notes.length === 0) return null;
  return [costUsd === null ? 'not known' : formatCost(request), ...notes].join(', ');
}

/** Work of other models for the same answer: an advisor, a fallback, a compaction. */
function describeIterations({ response }: RequestDetail): string | null {
  const iterations = response?.billingTerms?.iterations ?? [];
  const described = iterations.map(({ type, model, uncached, cacheRead, cacheWrite5m, cacheWrite1h, output }) => {
    const input = uncached + cacheRead + cacheWrite5m + cacheWrite1h;
    return `${type}${model === null ? '' : ` by ${model}`}: ${formatTokens(input)} in, ${formatTokens(output)} out`;
  });
  return described.length === 0 ? null : described.join('; ');
}

function describeRating({ feedback }: RequestDetail): string | null {
  if (feedback === null) return null;
  return [formatRating(feedback.rating), feedback.feedbackText].filter((part) => part !== null).join(' ');
}

function describePurpose({ purpose, startedBy }: RequestDetail): string | null {
  return purpose && startedBy ? `${purpose}, started by ${startedBy}` : purpose;
}

function describePlace({ id, threadId, previousId, continuation }: RequestDetail): string | null {
  if (threadId === null) return null;
  if (previousId === null) return threadId === id ? 'opens one' : `of ${threadId}`;
  return `${continuation ?? 'follows'} ${previousId}`;
}

function describeCache({ tokens }: RequestDetail): string {
  const parts: [string, number | null][] = [
    ['cached', tokens.cacheRead],
    ['written for 5 min', tokens.cacheWrite5m],
    ['written for 1 h', tokens.cacheWrite1h],
    ['uncached', tokens.uncached],
  ];
  return (
    parts.flatMap(([name, count]) => (count ? [`${formatTokens(count)} ${name}`] : [])).join(', ') || 'nothing billed'
  );
}

function describeTimes(request: RequestDetail): string {
  return [
    `first token ${formatDuration(request.ttftMs)}`,
    `latency ${formatDuration(request.latencyMs)}`,
    `proxy overhead ${request.proxyOverheadMs === null ? '–' : `${request.proxyOverheadMs.toFixed(2)} ms`}`,
  ].join(', ');
}

function describeBody(body: RequestDetail['requestBody']): string {
  const notes = [
    body.sha256 ? `sha256 ${body.sha256}` : null,
    body.truncated ? 'truncated' : null,
    body.redacted ? 'secrets redacted' : null,
  ];
  return [formatBytes(body.size), ...notes.filter((note) => note !== null)].join(', ');
}

/** The share of text that no attribution rule matches: Claude Code is newer than the rules. */
export function describeUnmatched(shares: readonly RequestShare[]): string[] {
  const { tokens, total, share } = unmatchedIn(shares);
  const figures = `${formatTokens(tokens)} of ${formatTokens(total)} tokens (${formatPercent(share)})`;
  return tokens === 0 ? [] : [`No rule knows ${figures}.`];
}

import { toJsonRow } from '../base/json-row.js';
import { readJsonBody } from '../history/json-body.js';
import { storedMessage } from '../history/message.js';
import type { AnswerProgress } from '../model/progress.js';
import type { RequestDetail, RequestShare, RequestSummary } from '../model/request.js';
import { groupTotals } from '../model/source-group.js';
import { billedInput } from '../model/usage.js';
import { DamagedContentError, type Reader } from '../store/index.js';
import { attributionNote, damagedNote } from '../text/request-notes.js';
import { describeSource } from './schemas/source.js';

/** Answers of the API, made of what the store returns. */

export function describeRequest<Row extends RequestSummary>(row: Row) {
  const { input, output } = row.tokens;
  return {
    ...toJsonRow(row),
    total_tokens: input === null && output === null ? null : (input ?? 0) + (output ?? 0),
    has_feedback: row.rating !== null,
  };
}

/** @throws NotFoundError, AmbiguousIdError */
export function describeDetail(reader: Reader, id: string) {
  const request = reader.request(id);
  const { requestHeaders, requestBody, damaged: _inNotes, thread: _t, solution: _s, response: _r, ...row } = request;
  const problems: string[] = [];
  const body = unlessDamaged(problems, () =>
    readJsonBody(reader.requestBody(request.id), requestHeaders, requestBody.redacted),
  );
  const response = describeResponse(reader, request, problems);
  return {
    ...describeRequest(row),
    notes: [attributionNote(request), damagedNote(request), ...problems].filter((note) => note !== null),
    headers: requestHeaders,
    body: requestBody,
    body_json: body?.body ?? null,
    groups: describeGroups(request.sources),
    attributions: reader.shares(request.id).map(describeShare),
    rule_hits: toJsonRow(reader.requestHits(request.id)),
    response,
  };
}

function describeGroups(sources: RequestSummary['sources']) {
  return groupTotals(sources).map(({ sources, ...total }) => ({
    ...toJsonRow(total),
    share: sources.reduce((sum, { share }) => sum + share, 0),
    sources: sources.length,
  }));
}

/** Null without a response. @param problems collects what is damaged; without it, damage is thrown */
export function describeResponse(reader: Reader, request: RequestDetail, problems?: string[]) {
  const { response, timestamps } = request;
  if (response === null) return null;
  const { id, status, body, ...plain } = response;
  return {
    ...toJsonRow(plain),
    id,
    request_id: request.id,
    correlation_id: request.correlationId,
    timestamp: toJsonRow(timestamps.responseEnd ?? timestamps.firstByte ?? timestamps.initiated),
    state: request.state,
    status_code: status,
    latency_ms: request.latencyMs,
    ttft_ms: request.ttftMs,
    proxy_latency_ms: request.proxyOverheadMs,
    response_tokens: request.tokens.output,
    response_tokens_known: request.tokens.outputKnown,
    body,
    body_json: unlessDamaged(problems, () => responseJson(reader, request)) ?? null,
  };
}

/** The JSON of the body, or the message that the events of a stream give, as in the Messages API. */
function responseJson(reader: Reader, { id, response }: RequestDetail): unknown {
  const bytes = reader.responseBody(id);
  if (bytes === null || response === null) return null;
  const { headers, body } = response;
  const { body: parsed } = readJsonBody(bytes, headers, body.redacted);
  if (parsed !== undefined) return parsed;
  const message = storedMessage(bytes, headers, body.redacted);
  if (message === null) return null;
  const { stopReason, complete, contextManagement, unknownEvents, ...plain } = message;
  return {
    type: 'message',
    ...plain,
    stop_reason: stopReason,
    ...(contextManagement === undefined || contextManagement === null ? {} : { context_management: contextManagement }),
    complete,
  };
}

export function describeShare({ source, tokens, ...share }: RequestShare) {
  return {
    ...toJsonRow(share),
    id: `${share.requestId}/${share.part}/${source}`,
    ...describeSource(source),
    token_count: tokens,
  };
}

/** An answer that is still growing. */
export function describeProgress({ id, characters, usage, blocks, isCut }: AnswerProgress) {
  return {
    request_id: id,
    characters,
    input_tokens: usage && billedInput(usage),
    output_tokens: usage?.output ?? null,
    blocks,
    is_cut: isCut,
  };
}

function unlessDamaged<Value>(problems: string[] | undefined, read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (problems === undefined || !(error instanceof DamagedContentError)) throw error;
    problems.push(error.message);
    return null;
  }
}

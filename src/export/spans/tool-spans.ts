import { type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import type { RequestSummary } from '../../model/request.js';
import { callSpanId, known, requestSpanId, type Span, traceIdOf } from './span.js';
import type { CallingRequest } from './traced-request.js';

/**
 * The tool calls whose results a request brings. They last from the arrival of the answer that asks for them until their
 * results were sent; the calls of one answer cannot be told apart in time. Attributes as in "Execute tool span" of
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
export function toolSpans(
  row: RequestSummary,
  body: JsonRecord,
  calling: CallingRequest,
  withContent: boolean,
): Span[] {
  const traceId = traceIdOf(row);
  const messages = recordsOf(body.messages);
  const answerAt = messages.findLastIndex(({ role }) => role === 'assistant');
  const calls = new Map(blocks(messages.slice(0, answerAt + 1).slice(-1), 'tool_use').map((call) => [call.id, call]));
  return blocks(messages.slice(answerAt + 1), 'tool_result').flatMap((result) => {
    const call = calls.get(result.tool_use_id);
    const id = stringOf(result.tool_use_id);
    if (id === null || call === undefined) return [];
    const name = stringOf(call.name) ?? '';
    const failed = result.is_error === true;
    return {
      traceId,
      spanId: callSpanId(traceId, id),
      parentSpanId: requestSpanId(calling.id),
      name: `execute_tool ${name}`,
      kind: 'internal',
      start: calling.end,
      end: Math.max(calling.end, row.timestamp.getTime()),
      attributes: known({
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': name,
        'gen_ai.tool.call.id': id,
        'gen_ai.tool.type': 'function',
        'gen_ai.conversation.id': row.sessionId,
        'gen_ai.agent.id': row.agentId,
        'error.type': failed ? 'tool_error' : null,
        ...(withContent && {
          'gen_ai.tool.call.arguments': JSON.stringify(call.input ?? null),
          'gen_ai.tool.call.result': JSON.stringify(result.content ?? null),
        }),
      }),
      follows: null,
      failure: failed ? '' : null,
    } satisfies Span;
  });
}

function blocks(messages: readonly JsonRecord[], type: string): JsonRecord[] {
  return messages.flatMap(({ content }) => recordsOf(content)).filter((block) => block.type === type);
}

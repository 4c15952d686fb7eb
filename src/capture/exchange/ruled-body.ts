import { bodyOfMessages, type SafeBody, safeBody, type WireBody } from '../redact/safe-body.js';
import type { ApiRules, RuledContent } from '../rules/api-rules.js';
import type { CaptureContext, ExchangeRecord } from './exchange-record.js';

/**
 * A body as it may be stored: without values that rules redact, and without secrets. Notes the hits of rules in the record.
 * @param decide decides on the content of a request to the API, or of its answer
 */
export function ruledBody(
  record: ExchangeRecord,
  body: Omit<WireBody, 'hide'>,
  { rules, decodedLimit }: CaptureContext,
  decide: (api: ApiRules, content: Buffer, cut: boolean) => RuledContent,
): SafeBody {
  if (body.kind === 'mcp' && rules?.redactsMessages) return bodyOfMessages();
  const api = isOfModel(body.kind) ? (rules?.api ?? null) : null;
  const hide =
    api &&
    ((content: Buffer, cut: boolean) => {
      const ruled = decide(api, content, cut);
      record.hits = ruled.hits;
      return ruled.content;
    });
  return safeBody({ ...body, hide: hide ?? undefined }, record.redactor, decodedLimit);
}

/** Whether a body is one that a model reads or writes. */
export function isOfModel(kind: WireBody['kind']): boolean {
  return kind === 'messages' || kind === 'count_tokens';
}

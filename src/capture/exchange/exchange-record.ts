import type { JsonRecord } from '../../base/json.js';
import type { CapturedRequest } from '../../model/exchange.js';
import type { RunId } from '../../model/ids.js';
import type { RuleHit } from '../../model/rule.js';
import type { HttpEvent } from '../../wire/index.js';
import type { Redactor } from '../redact/redactor.js';
import type { ApiRules } from '../rules/api-rules.js';
import { CollectedBody } from './collected-body.js';
import type { EndFacts } from './exchange-end.js';
import type { KindOf } from './kind.js';

type EventOf<Type extends HttpEvent['type']> = Extract<HttpEvent, { type: Type }>;

/** What the recorder has collected of one exchange. */
export interface ExchangeRecord {
  requestHead: EventOf<'request_head'>;
  redactor: Redactor;
  requestBody: CollectedBody;
  requestEndedAt: number | null;
  responseHead: EventOf<'response_head'> | null;
  responseBody: CollectedBody;
  responseEndedAt: number | null;
  /** The request as rules see it, for conditions on its answer; null if no rule needs it. */
  asked: JsonRecord | null;
  /** What rules did with the request, or with the response. */
  hits: readonly RuleHit[];
  /** Null before it was passed on. */
  request: CapturedRequest | null;
}

/** The `settled` event, or the same for a recorder that ended first. */
export type Ending = Pick<EventOf<'settled'>, 'error' | 'degraded' | 'forwarded' | 'delivered' | 'at'> & {
  transport: EndFacts['transport'];
};

export interface CaptureContext {
  runId: RunId;
  kindOf: KindOf;
  /** Decoded bytes of one body. */
  decodedLimit: number;
  rules: ExchangeRules | null;
}

export interface ExchangeRules {
  /** Rules for requests to the API and their answers; null without any. */
  api: ApiRules | null;
  /** Some may redact values in messages of MCP: their bodies are not kept, since their messages are. */
  redactsMessages: boolean;
}

export function newRecord(requestHead: EventOf<'request_head'>, redactor: Redactor): ExchangeRecord {
  return {
    requestHead,
    redactor,
    requestBody: new CollectedBody(),
    requestEndedAt: null,
    responseHead: null,
    responseBody: new CollectedBody(),
    responseEndedAt: null,
    asked: null,
    hits: [],
    request: null,
  };
}

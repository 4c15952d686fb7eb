import { isRecord, type JsonRecord, parseJson } from '../../base/json.js';
import { isTooComplex } from '../../base/json-limits.js';
import { isTooDeep } from '../../base/map-strings.js';
import type { McpSender } from '../../model/mcp.js';
import type { RuleHit } from '../../model/rule.js';
import type { RuleEngine } from '../../rules/index.js';
import { isEventStream, parseSse } from '../../wire/index.js';
import type { Redactor } from '../redact/redactor.js';
import { UnreadableError } from '../redact/safe-body.js';
import { assembleMessage } from '../reply/assemble-message.js';
import { hideInStream } from './hide-in-stream.js';
import type { PassiveRules } from './passive-rules.js';
import { redactMessage } from './redact-message.js';
import { safeHit } from './safe-hit.js';

/** A request to the API. To rules, its path is the method, and its body the params. */
export interface ApiRequest {
  /** ULID. */
  exchange: string;
  host: string;
  /** Without the query. */
  path: string;
  sessionId: string | null;
  /** Unix ms. */
  at: number;
  redactor: Redactor;
}

/** What rules do with the content of a body. */
export interface RuledContent {
  hits: readonly RuleHit[];
  /** The body without redacted values; null if they redact nothing. */
  content: Buffer | null;
}

const UNTOUCHED: RuledContent = { hits: [], content: null };

/** The rules of the configuration over the requests to the API and their answers, which they only read. */
export class ApiRules {
  readonly #rules: PassiveRules;
  readonly #engine: RuleEngine;

  constructor(rules: PassiveRules) {
    this.#rules = rules;
    this.#engine = rules.library.createEngine(rules.set ?? { rules: [] });
  }

  /**
   * @param content decoded
   * @returns `asked` for `answer`; null if no rule reads answers
   * @throws UnreadableError where a rule may redact something in what cannot be read
   */
  request(content: Buffer, cut: boolean, request: ApiRequest): RuledContent & { asked: JsonRecord | null } {
    const { readsAnswers, redactsRequests } = this.#rules;
    const params = parsed(content, cut, redactsRequests);
    const message = { id: request.exchange, method: request.path, params };
    const { hits, redactions } = this.#decide('client', message, null, request);
    const asked = readsAnswers ? message : null;
    return { hits, content: this.#hide(content, message, redactions, request, 'params'), asked };
  }

  /**
   * @param content decoded
   * @param asked see `request`
   * @throws UnreadableError where a rule may redact something in what cannot be read
   */
  answer(
    content: Buffer,
    cut: boolean,
    contentType: string | null,
    request: ApiRequest,
    asked: JsonRecord | null,
  ): RuledContent {
    const id = request.exchange;
    if (!this.#rules.readsAnswers || content.length === 0) return UNTOUCHED;
    if (isEventStream(content, contentType)) return this.#stream(content, asked, request);
    const body = parsed(content, cut, this.#rules.redactsAnswers);
    const isError = isRecord(body) && isRecord(body.error);
    const message = isError ? { id, error: body.error } : { id, result: body };
    const { hits, redactions } = this.#decide('server', message, asked, request);
    // An error has the same place in the body and in the message.
    return { hits, content: this.#hide(content, message, redactions, request, isError ? null : 'result') };
  }

  #stream(content: Buffer, asked: JsonRecord | null, request: ApiRequest): RuledContent {
    const events = parseSse(content);
    const { message } = assembleMessage(events);
    if (message === null) return UNTOUCHED;
    const { id, role, model, content: blocks, stopReason } = message;
    const result = { id, type: 'message', role, model, content: blocks, stop_reason: stopReason };
    const whole = { id: request.exchange, result };
    const { hits, redactions } = this.#decide('server', whole, asked, request);
    if (redactions.length === 0) return { hits, content: null };
    if (isTooDeep(result)) throw new UnreadableError('it is nested too deep');
    const json = this.#hide(Buffer.from(JSON.stringify(result)), whole, redactions, request, 'result');
    return { hits, content: json && hideInStream(events, result, parseJson(json.toString())) };
  }

  #decide(
    sender: McpSender,
    message: JsonRecord,
    asked: JsonRecord | null,
    { host, sessionId, at, redactor }: ApiRequest,
  ) {
    const { sessions } = this.#rules;
    const subject = { sender, bytes: EMPTY, message, ...(asked && { request: asked }) };
    const context = { server: host, transport: 'api' as const, session: sessions.of(sessionId, at), now: at };
    const { hits = [], redactions = [] } = this.#engine.decide(subject, context) ?? {};
    sessions.note(sessionId, hits);
    return { hits: hits.map((hit) => safeHit(hit, redactor)), redactions };
  }

  /** @param field of the message that the content is; null: the content has the field itself */
  #hide(
    content: Buffer,
    message: JsonRecord,
    redactions: readonly string[],
    { redactor }: ApiRequest,
    field: string | null,
  ): Buffer | null {
    if (redactions.length === 0) return null;
    const root = field === null ? message : message[field];
    const start = field === null ? 1 : `$['${field}']`.length;
    const paths = redactions.map((path) => `$${path.slice(start)}`);
    return redactMessage(content, root, paths, this.#rules.library, redactor);
  }
}

const EMPTY = Buffer.alloc(0);

function parsed(content: Buffer, cut: boolean, mayRedact: boolean): unknown {
  const text = content.toString();
  const body = cut || isTooComplex(text) ? undefined : parseJson(text);
  if (body === undefined && mayRedact && content.length > 0) {
    throw new UnreadableError(cut ? 'only the beginning of it was seen' : 'it could not be read as JSON');
  }
  return body;
}

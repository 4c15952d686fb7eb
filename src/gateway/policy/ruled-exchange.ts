import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { type BodyOutlet, decideBody } from '../../mcp/ruled/http/decide-body.js';
import { RuledConnection } from '../../mcp/ruled/ruled-connection.js';
import type { McpSender } from '../../model/mcp.js';
import type { RateLimit, RuleContext, RuleDecision, RuleEngine, RuleStep, RuleSubject } from '../../rules/index.js';
import type { RuledLine } from '../../wire/index.js';
import type { Report } from '../facts.js';
import type { GatewayRequest, Refusal } from '../request.js';
import { shortHash } from '../session/session-table.js';
import type { HeaderChange } from './change-headers.js';
import type { SessionMessages } from './session-messages.js';

/** How the body of a request goes on after rules have decided. */
export type RuledBody =
  /** `changed` is null if it is sent on as it came. `made` has answers to other requests of the same batch. */
  | { how: 'pass'; changed: Buffer | null; bytesPerSecond: number | null; made: readonly Buffer[] }
  | { how: 'refuse'; refusal: Refusal }
  /** Nothing is sent on, and there is nothing to answer. */
  | { how: 'accept' }
  /** Nothing is sent on, and nobody answers: the fault of a server that hangs. */
  | { how: 'hang' }
  | { how: 'close' };

interface ExchangeOptions {
  engine: RuleEngine;
  request: GatewayRequest;
  /** Null without a session. */
  session: SessionMessages | null;
  report: Report;
}

/** One request to the gateway and its answer, whose messages rules decide on. */
export class RuledExchange {
  readonly connection: RuledConnection;
  /** Changes of the headers of the request to the server, in order. */
  readonly requestHeaders: HeaderChange[] = [];
  /** Changes of the headers of the response to the client. */
  readonly answerHeaders: HeaderChange[] = [];
  readonly #options: ExchangeOptions;
  readonly #context: Omit<RuleContext, 'now'>;
  #response: Extract<RuleStep, { do: 'respond' }> | null = null;
  #onRelieved: () => void = () => {};
  #onLine: (line: RuledLine) => void;
  /** The rules' hits on the messages of the request. */
  readonly lines: RuledLine[] = [];

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#onLine = (line) => this.lines.push(line);
    const { request, session: others } = options;
    const { route, session, identity, method, path, headers, ip } = request;
    this.#context = {
      server: route.name,
      transport: 'http',
      session: {
        id: session === null ? null : shortHash(session.id),
        tags: [],
        startedAt: session?.openedAt ?? null,
      },
      http: { method, path, headers, clientIp: ip },
      auth: identity,
    };
    this.connection = new RuledConnection({
      server: this.#context.server,
      transport: this.#context.transport,
      session: this.#context.session,
      rules: { decide: (subject, { now: at }) => this.#decide(subject, at) },
      report: (line) => this.#onLine(line),
      onPause: () => {},
      onRelieved: () => this.#onRelieved(),
      ...(others && { others }),
    });
    others?.add(this.connection);
  }

  /** Whether a rule may apply to messages of the server. */
  get concernsServer(): boolean {
    return this.#options.engine.concerns('server', this.#context);
  }

  /** Gets the rules' hits from now on. */
  set onLine(listener: (line: RuledLine) => void) {
    this.#onLine = listener;
  }

  /** Called when less is held than before. */
  set onRelieved(listener: () => void) {
    this.#onRelieved = listener;
  }

  /** Decides on a body, or on the data of an event. */
  decide(sender: McpSender, bytes: Buffer, outlet: BodyOutlet, onSeen: (bytes: Buffer) => void = () => {}): void {
    decideBody({ connection: this.connection, sender, bytes, onSeen, guarded: (call) => call }, outlet);
  }

  /**
   * Decides on the body of the request.
   * @param isRequest whether the client waits for an answer
   * @returns also the body as a recording has it
   */
  decideRequest(bytes: Buffer, isRequest: boolean): Promise<RuledBody & { seen: Buffer }> {
    return new Promise((resolve) => {
      let seen = bytes;
      const settle = (body: RuledBody) => {
        resolve({ seen, ...(this.#response === null ? body : respond(this.#response)) });
      };
      const outlet: BodyOutlet = {
        pass: (changed, bytesPerSecond, made) => settle({ how: 'pass', changed, bytesPerSecond, made }),
        answer: (answer, rateLimit) => settle({ how: 'refuse', refusal: answered(answer, rateLimit) }),
        drop: (isUnwanted) => settle({ how: isRequest && !isUnwanted ? 'hang' : 'accept' }),
        close: () => settle({ how: 'close' }),
      };
      this.decide('client', bytes, outlet, (recorded) => {
        seen = recorded;
      });
    });
  }

  /** The exchange is over, or the client is gone: held messages are dropped. */
  end(): void {
    this.connection.abort();
    this.#options.session?.remove(this.connection);
  }

  #decide(subject: RuleSubject, at: number): RuleDecision | null {
    const { engine, request, report } = this.#options;
    let decision: RuleDecision | null;
    try {
      decision = engine.decide(subject, { ...this.#context, now: at });
    } catch (error) {
      // A defect of ours: a message that cannot be checked does not pass.
      report({ type: 'problem', at: now(), part: 'rules', message: describeError(error) });
      return { hits: [], redactions: [], steps: [{ do: 'close', rule: '' }] };
    }
    if (decision === null) return null;
    for (const { rule, action, detail } of decision.hits) {
      const { id, route, identity, ip } = request;
      const subjectName = identity?.subject ?? null;
      const hit = { rule, action, detail, subject: subjectName, ip };
      report({ type: 'decision', at: now(), request: id, route: route.name, ...hit });
    }
    const headers = subject.sender === 'client' ? this.requestHeaders : this.answerHeaders;
    const steps = decision.steps.flatMap((step) => {
      if (step.do === 'set_header') headers.push({ name: step.name, value: step.value });
      else if (step.do === 'remove_header') headers.push({ name: step.name, value: null });
      else if (step.do === 'respond') {
        this.#response ??= step;
        return [{ do: 'drop' as const, rule: step.rule }];
      } else return [step];
      return [];
    });
    return { ...decision, steps };
  }
}

function respond({ status, headers, body }: Extract<RuleStep, { do: 'respond' }>): RuledBody {
  const { 'content-type': contentType = 'text/plain; charset=utf-8', ...others } = headers;
  const text = Buffer.from(body).toString();
  return {
    how: 'refuse',
    refusal: { status, headers: others, body: { text, contentType }, outcome: 'ruled', fact: null },
  };
}

function answered(answer: Buffer, rateLimit: RateLimit | null): Refusal {
  const body = { text: answer.toString(), contentType: 'application/json' };
  if (rateLimit === null) return { status: 200, headers: {}, body, outcome: 'ruled', fact: null };
  const wait = rateLimit.retryAfterMs;
  const headers: Record<string, string> = wait === null ? {} : { 'retry-after': String(Math.ceil(wait / 1_000)) };
  return { status: 429, headers, body, outcome: 'ruled', fact: null };
}

import { isRecord, type JsonRecord, parseRecord, stringOf } from '../base/json.js';
import type { McpTransport } from '../model/mcp.js';
import type { TapeFrame } from '../model/tape.js';
import { batchParts } from './batch.js';
import { createEngine } from './engine.js';
import { type RuleMessage, readMessage } from './message.js';
import type { RuleSet } from './rule-set.js';
import type { RuleDecision, RuleEngine, RuleStatus } from './types.js';

/** A message of a recording. */
export interface Tried {
  /** Unix ms */
  at: number;
  server: string;
  sender: RuleMessage['sender'];
  kind: RuleMessage['kind'];
  method: string | null;
  /** Name of the tool, prompt or resource. */
  name: string | null;
  decision: RuleDecision;
}

/** A recorded connection. */
export interface Recorded {
  head: {
    created_at: string;
    session: string | null;
    tags: readonly string[];
    server: { name: string; transport: McpTransport };
  };
  frames: AsyncIterable<TapeFrame> | Iterable<TapeFrame>;
}

/** Requests that wait for an answer. */
const MAX_OPEN = 100_000;

/** Tries rules on recorded messages: each connection has its own counts and random numbers, as when it ran. */
export class Trial {
  readonly #set: RuleSet;
  /** Unix ms: of the first connection. */
  #startedAt: number | null = null;
  readonly #status = new Map<string, RuleStatus>();
  /** Messages that rules saw. Answers to requests that a rule would have kept from the server are not among them. */
  messages = 0;

  constructor(set: RuleSet) {
    this.#set = set;
  }

  /** The messages that a rule applies to, in order. */
  async *run({ head, frames }: Recorded): AsyncGenerator<Tried> {
    const engine = createEngine(this.#set);
    const begun = Date.parse(head.created_at);
    this.#startedAt ??= begun;
    const context = {
      server: head.server.name,
      transport: head.server.transport,
      session: { id: head.session, tags: head.tags, startedAt: this.#startedAt },
    };
    const requests = new Map<string, { body: JsonRecord; isKept: boolean }>();
    try {
      for await (const { at, dir, bytes } of frames) {
        const sender = dir === 'c' ? 'client' : 'server';
        for (const part of batchParts(bytes) ?? [bytes]) {
          const now = begun + at;
          const body = parseRecord(Buffer.from(part).toString());
          if (body === null) continue;
          const asked = body.method === undefined ? keyOf(sender === 'client' ? 'server' : 'client', body.id) : null;
          const request = asked === null ? undefined : requests.get(asked);
          if (asked !== null) requests.delete(asked);
          if (request?.isKept) continue;
          this.messages += 1;
          const subject = { sender, bytes: part, message: body, request: request?.body } as const;
          const decision = engine.decide(subject, { ...context, now });
          if (body.method !== undefined && body.id !== undefined && requests.size < MAX_OPEN) {
            const isKept = decision?.steps.some(({ do: step }) => step === 'answer' || step === 'drop') ?? false;
            requests.set(keyOf(sender, body.id), { body, isKept });
          }
          const message = decision === null ? null : readMessage(subject, context);
          if (decision === null || message === null) continue;
          const { kind, method } = message;
          yield { at: now, server: head.server.name, sender, kind, method, name: nameOf(message), decision };
          if (decision.steps.some(({ do: step }) => step === 'close')) return;
        }
      }
    } finally {
      this.#add(engine);
    }
  }

  /** Status of every rule that is enabled. */
  status(): RuleStatus[] {
    if (this.#status.size === 0) this.#add(createEngine(this.#set));
    return [...this.#status.values()];
  }

  #add(engine: RuleEngine): void {
    for (const { rule, hits, lastError } of engine.status()) {
      const sum = this.#status.get(rule);
      this.#status.set(rule, { rule, hits: hits + (sum?.hits ?? 0), lastError: lastError ?? sum?.lastError ?? null });
    }
  }
}

/** Ids are per direction; 1 and "1" differ. */
function keyOf(sender: RuleMessage['sender'], id: unknown): string {
  return `${sender} ${JSON.stringify(id)}`;
}

function nameOf({ params }: RuleMessage): string | null {
  if (!isRecord(params)) return null;
  return stringOf(params.name) ?? stringOf(params.uri);
}

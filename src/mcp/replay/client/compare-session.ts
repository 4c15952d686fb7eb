import { describeError } from '../../../base/error-text.js';
import { isRecord, type JsonRecord } from '../../../base/json.js';
import { metaOf } from '../../../model/mcp-meta.js';
import { keyOf as idKeyOf } from '../../messages/open-requests.js';
import { isAnswer, isRpcId, type RpcMessage, readMessages } from '../../messages/read-messages.js';
import { subjectOf, withoutEnvelope } from '../comparable.js';
import { type Difference, differencesOf } from '../differences.js';
import type { RecordedTape } from '../kept-frames.js';
import { LISTEN } from '../tape-reading.js';
import { METHOD_NOT_FOUND } from '../unrecorded.js';
import type { Ignored } from './ignored.js';
import { type ComparedNotification, Notifications } from './notifications.js';
import { OpaqueValues } from './opaque-values.js';
import type { ServerLink } from './open-server.js';
import { RecordedReplies } from './recorded-replies.js';

/** A recorded request, asked again. */
export interface ComparedRequest {
  method: string;
  /** Name of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** Number of the request in its tape. */
  seq: number;
  /** same: the answer is as recorded; different: it is not; unanswered: there was none in time, or the server refused the request. */
  outcome: 'same' | 'different' | 'unanswered';
  /** Where the answers differ, as JSONPaths in the message. */
  differences: Difference[];
  /** Why there was no answer; or null. */
  problem: string | null;
  /** From the request to the answer: in the recording, and now. Null without an answer. */
  recordedMs: number;
  ms: number | null;
}

export interface CompareOptions {
  ignored: Ignored;
  /** How long an answer may take. */
  timeoutMs: number;
  onCompared(request: ComparedRequest): void;
  onNotification(notification: ComparedNotification): void;
}

/** A recorded request whose answer is waited for. */
interface Asked {
  method: string;
  name: string | null;
  /** Token of its progress. */
  token: unknown;
  seq: number;
  at: number;
  id: number;
  sentAt: number;
  answer: Promise<JsonRecord>;
}

/** How much longer than in the recording to wait for notifications after the last answer. */
const LAST_NOTIFICATIONS_MS = 1_000;

/**
 * Sends the messages of a recorded client to a real server, in recorded order, and compares its answers and notifications. A request
 * is sent when all that were answered before it in the recording are answered. Requests of the server are answered as recorded.
 *
 * @returns requests of the server that the recording has no answer to
 * @throws TapeError, UnreadableTapeError
 */
export async function compareSession(
  { head, frames }: RecordedTape,
  server: ServerLink,
  options: CompareOptions,
): Promise<string[]> {
  const client = new RecordedClient(server, options, head.era !== 'modern');
  for await (const { seq, at, dir, bytes, truncated = false } of frames) {
    for (const message of readMessages({ bytes, size: bytes.length, truncated })) {
      if (dir === 'c') await client.send(message, seq, at);
      else client.expect(message, seq, at);
    }
  }
  await client.finish();
  return client.unexpected;
}

class RecordedClient {
  readonly unexpected: string[] = [];
  readonly #server: ServerLink;
  readonly #options: CompareOptions;
  readonly #isLegacy: boolean;
  readonly #values = new OpaqueValues();
  /** By the recorded id: requests whose recorded answer was not read yet. */
  readonly #asked = new Map<string, Asked>();
  /** By the id that they have here. */
  readonly #waiting = new Map<number, { resolve(answer: JsonRecord): void; reject(error: Error): void }>();
  /** Requests whose recorded answer was read: nothing is sent before they are answered. */
  #due: Promise<void>[] = [];
  readonly #notifications: Notifications;
  readonly #replies = new RecordedReplies();
  /** Requests of the server that the part of the tape that was read has no answer to. */
  #questions: RpcMessage[] = [];
  #isWaiting = false;
  #nextId = 1;
  #closed: string | null = null;
  /** Times in the recording of the last answer, and of the last notification after it. */
  #lastAnswerAt = 0;
  #lastNotificationAt = 0;
  /** Called with each notification. */
  #onNotification: () => void = () => {};

  constructor(server: ServerLink, options: CompareOptions, isLegacy: boolean) {
    this.#server = server;
    this.#options = options;
    this.#isLegacy = isLegacy;
    this.#notifications = new Notifications(options.ignored, options.onNotification);
    server.onMessage((message) => this.#receive(message));
    server.onClose((reason) => this.#close(reason));
  }

  async send(message: RpcMessage, seq: number, at: number): Promise<void> {
    const { kind, method, body } = message;
    if (kind === 'malformed' || message.isOutline) return;
    if (isAnswer(message)) return this.#replies.answered(message);
    // A legacy server refuses it, each in its own way.
    if (method === 'server/discover' && this.#isLegacy) return;
    await this.#settle();
    const params = isRecord(body.params) ? this.#values.applyTo(body.params) : undefined;
    const sent = { ...body, ...(params && { params }) };
    if (kind === 'notification') {
      const cancelled = method === 'notifications/cancelled' ? params?.requestId : undefined;
      const asked = isRpcId(cancelled) ? this.#asked.get(idKeyOf(cancelled)) : undefined;
      // The request that it gave up was answered here.
      if (isRpcId(cancelled) && asked === undefined) return;
      await this.#pass(asked ? { ...sent, params: { ...params, requestId: asked.id } } : sent);
      return;
    }
    if (message.id === null) return;
    const id = this.#nextId++;
    const answer = this.#answerTo(id, method === LISTEN);
    this.#asked.set(idKeyOf(message.id), {
      ...{ method: method ?? '', name: subjectOf(sent), token: metaOf(params).progressToken },
      ...{ seq, at, id, sentAt: performance.now(), answer },
    });
    const failure = await this.#pass({ ...sent, id });
    if (failure !== null) this.#waiting.get(id)?.reject(failure);
  }

  /** A message of the recorded server. */
  expect(message: RpcMessage, seq: number, at: number): void {
    const { kind, id } = message;
    if (kind === 'request' && id !== null) this.#replies.asked(message);
    if (kind === 'notification') {
      this.#lastNotificationAt = at;
      this.#notifications.recorded({ ...message, body: withoutEnvelope(message.body) }, seq);
    }
    if ((kind !== 'response' && kind !== 'error') || id === null) return;
    const asked = this.#asked.get(idKeyOf(id));
    if (asked === undefined) return;
    this.#asked.delete(idKeyOf(id));
    if (asked.method === LISTEN) return;
    this.#lastAnswerAt = at;
    this.#due.push(this.#compare(asked, message, at));
  }

  async finish(): Promise<void> {
    await this.#settle();
    await this.#lastNotifications();
    this.#notifications.end();
    this.#replies.close();
    // The recorded client did not wait for the others.
    for (const { reject } of [...this.#waiting.values()]) reject(new Error('The recording has ended.'));
  }

  /** Waits for recorded notifications that have not come yet. */
  async #lastNotifications(): Promise<void> {
    const { timeoutMs } = this.#options;
    const recorded = Math.max(0, this.#lastNotificationAt - this.#lastAnswerAt);
    const deadline = performance.now() + Math.min(timeoutMs, LAST_NOTIFICATIONS_MS + recorded);
    while (!this.#notifications.hasAll && this.#closed === null) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#onNotification = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits until everything is answered that was answered in the recording by now. */
  async #settle(): Promise<void> {
    this.#isWaiting = true;
    for (const question of this.#questions.splice(0)) await this.#reply(question);
    await Promise.all(this.#due);
    this.#due = [];
    this.#isWaiting = false;
  }

  async #compare(
    { answer, method, name, token, seq, at, sentAt }: Asked,
    recorded: RpcMessage,
    answeredAt: number,
  ): Promise<void> {
    const request = { method, name, seq, recordedMs: answeredAt - at };
    try {
      const found = await answer;
      const ms = performance.now() - sentAt;
      this.#notifications.answered(token);
      const before = withoutEnvelope(recorded.body);
      const now = withoutEnvelope(found);
      this.#values.learn(before.result, now.result);
      if (method === 'initialize')
        this.#server.setProtocolVersion(String(Reflect.get(Object(now.result), 'protocolVersion')));
      const isIgnored = this.#options.ignored.in(before, now);
      // Of an answer that is too large to be parsed, only the outline is known.
      const differences = recorded.isOutline ? [] : differencesOf(before, now, { anySecret: true, isIgnored });
      const outcome = differences.length === 0 ? 'same' : 'different';
      this.#options.onCompared({ ...request, outcome, differences, problem: null, ms });
    } catch (error) {
      const problem = describeError(error);
      this.#options.onCompared({ ...request, outcome: 'unanswered', differences: [], problem, ms: null });
    }
  }

  /** @returns why the server did not accept the message, or null */
  async #pass(message: JsonRecord): Promise<Error | null> {
    if (this.#closed !== null) return new Error(this.#closed);
    try {
      await this.#server.send(message);
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #answerTo(id: number, isEndless: boolean): Promise<JsonRecord> {
    const { timeoutMs } = this.#options;
    const answer = new Promise<JsonRecord>((resolve, reject) => {
      const late = () => reject(new Error(`there was no answer within ${timeoutMs / 1_000} s`));
      const timer = isEndless ? undefined : setTimeout(late, timeoutMs);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve(found) {
          done();
          resolve(found);
        },
        reject(error) {
          done();
          reject(error);
        },
      });
    });
    // The recorded client may have given it up.
    answer.catch(() => {});
    return answer;
  }

  #receive(message: JsonRecord): void {
    if (typeof message.method !== 'string') {
      if (typeof message.id === 'number') this.#waiting.get(message.id)?.resolve(message);
      return;
    }
    if (message.id === undefined) {
      this.#notifications.received(withoutEnvelope(message));
      this.#onNotification();
      return;
    }
    const [question] = readMessages(frameOf(message));
    if (question === undefined) return;
    if (this.#isWaiting || this.#replies.has(question)) void this.#reply(question);
    else this.#questions.push(question);
  }

  /** Answers as recorded, or with an error if the recording has no answer. */
  async #reply(question: RpcMessage): Promise<void> {
    const recorded = this.#replies.next(question);
    const { method, body } = question;
    if (recorded === null && method !== 'ping') this.unexpected.push(method ?? '');
    const missing = { error: { code: METHOD_NOT_FOUND, message: 'The recorded client was not asked this.' } };
    const reply = recorded ?? (method === 'ping' ? { result: {} } : missing);
    await this.#pass({ ...reply, jsonrpc: '2.0', id: body.id });
  }

  #close(reason: string): void {
    this.#closed = reason;
    this.#onNotification();
    for (const { reject } of [...this.#waiting.values()]) reject(new Error(reason));
  }
}

function frameOf(message: JsonRecord) {
  const bytes = Buffer.from(JSON.stringify(message));
  return { bytes, size: bytes.length, truncated: false };
}

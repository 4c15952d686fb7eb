import { codeOf } from '../../../base/error-text.js';
import { type PipeEnd, type RelayedConnection, type Rewriting, reset } from '../../../proxy/index.js';
import type { Closed, EmitHttpEvent } from '../../../wire/index.js';
import { LineWriter } from '../../line-writer.js';
import { HttpExchange } from './http-exchange.js';
import type { HttpSessions } from './http-sessions.js';
import { Pieces } from './pieces.js';

interface ForServer {
  bytes: Buffer;
  bytesPerSecond: number | null;
  onWritten(isAccepted: boolean): void;
}

export interface CarriedBy {
  sessions: HttpSessions;
  emit: EmitHttpEvent;
  /** Reports messages on which no rule can act, though one should. */
  onUnruled(why: string): void;
  /** Reports a defect in claude-trace: the connection was reset. */
  onDefect(error: unknown): void;
}

/** Maximum number of waiting bytes of further requests; above it, no more are read. */
const MAX_WAITING = 256 * 1024;
/** Servers close idle connections: after this time, a held request gets a connection of its own. */
const STALE_MS = 1_000;

/**
 * Carries one connection request by request, each with its answer, before the next one begins. All that rules do not change passes
 * byte for byte, with backpressure, ends and resets, as in a splice. Once a message cannot be read, the rest passes unread.
 */
export class HttpConnection {
  readonly #relayed: RelayedConnection;
  readonly #by: CarriedBy;
  readonly #client: PipeEnd;
  readonly #toClient: LineWriter;
  /** Null while the server has ended, and a request is held: it gets another connection. */
  #upstream: PipeEnd | null = null;
  #toServer: LineWriter | null = null;
  #rewriting: Rewriting | null = null;
  /** Data that waits while it is opened again. */
  #forServer: ForServer[] = [];
  readonly #gone = new AbortController();
  /** Null between two requests, and from where the connection passes unread. */
  #exchange: HttpExchange | null = null;
  /** Bytes of the next requests. */
  readonly #waiting = new Pieces();
  #isUnread = false;
  #clientEnded = false;
  #serverEnded = false;
  /** Pieces for the client that it has not accepted. */
  #unwritten = 0;
  #resetsWhenWritten = false;
  #first: Closed | null = null;

  constructor(relayed: RelayedConnection, by: CarriedBy) {
    this.#relayed = relayed;
    this.#by = by;
    this.#client = relayed.client;
    this.#toClient = new LineWriter(
      this.#client.stream,
      this.#guarded(() => this.#resumeServer()),
    );
    this.#useUpstream(relayed.upstream);
    this.#watchClient();
  }

  /** A defect costs this connection, never the thread. */
  #guarded<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        call(...args);
      } catch (error) {
        this.#by.onDefect(error);
        reset(this.#client);
        if (this.#upstream !== null) reset(this.#upstream);
      }
    };
  }

  #watchClient(): void {
    const { stream, tcp } = this.#client;
    const onEnd = this.#guarded(() => this.#onClientEnd());
    const onClose = this.#guarded(() => {
      const error = stream.errored ?? tcp.errored;
      this.#onClientGone(error !== null || !this.#clientEnded, codeOf(error), error === null);
    });
    stream.on(
      'data',
      this.#guarded((chunk: Buffer) => this.#onClientBytes(chunk)),
    );
    stream.on('close', onClose);
    // Events from before are not emitted again.
    if (stream.readableEnded) onEnd();
    else stream.on('end', onEnd);
    if (stream.closed) onClose();
    else stream.resume();
  }

  #useUpstream(upstream: PipeEnd): void {
    const { stream, tcp } = upstream;
    const isCurrent = () => this.#upstream === upstream;
    this.#upstream = upstream;
    this.#serverEnded = false;
    this.#rewriting = this.#relayed.rewriting?.() ?? null;
    this.#toServer = new LineWriter(
      stream,
      this.#guarded(() => this.#resumeClient()),
    );
    const onEnd = this.#guarded(() => isCurrent() && this.#onServerEnd());
    const onClose = this.#guarded(() => {
      if (!isCurrent()) return;
      const error = stream.errored ?? tcp.errored;
      this.#onServerGone(error !== null || !this.#serverEnded, codeOf(error), error === null);
    });
    stream.on(
      'data',
      this.#guarded((chunk: Buffer) => isCurrent() && this.#onServerBytes(chunk)),
    );
    stream.on('close', onClose);
    if (stream.readableEnded) onEnd();
    else stream.on('end', onEnd);
    if (stream.closed) onClose();
    else stream.resume();
  }

  #onClientBytes(chunk: Buffer): void {
    if (this.#isUnread) this.#toServer?.write(chunk);
    else if (this.#exchange?.isRequestRead) this.#waiting.add(chunk);
    else this.#readRequest(chunk);
    if (this.#isClientStopped()) this.#client.stream.pause();
  }

  #readRequest(chunk: Buffer): void {
    this.#exchange ??= this.#begin();
    const rest = this.#exchange.takeRequest(chunk);
    if (rest.length === 0) return;
    // It has ended in the meantime.
    if (this.#exchange === null) this.#onClientBytes(rest);
    else this.#waiting.add(rest);
  }

  #begin(): HttpExchange {
    const { connection } = this.#relayed;
    const exchange: HttpExchange = new HttpExchange({
      connection,
      sessions: this.#by.sessions,
      emit: this.#by.emit,
      toServer: (bytes, onWritten) => this.#writeToServer({ bytes, bytesPerSecond: null, onWritten }),
      request: (bytes, bytesPerSecond, heldMs, onWritten) => {
        if (heldMs > STALE_MS) this.#dropUpstream();
        this.#writeToServer({ bytes, bytesPerSecond, onWritten });
        this.#endServerIfOver();
      },
      toClient: (bytes, bytesPerSecond, onWritten) => this.#writeToClient(bytes, bytesPerSecond, onWritten),
      onDone: (isLast) => this.#onDone(exchange, isLast),
      onUnread: () => this.#passUnread(),
      onRelieved: this.#guarded(() => this.#resumeServer()),
      close: () => this.#close(),
      guarded: (call) => this.#guarded(call),
      onUnruled: this.#by.onUnruled,
      redial: () => this.#relayed.redial(this.#gone.signal),
    });
    return exchange;
  }

  #writeToClient(bytes: Buffer, bytesPerSecond: number | null, onWritten?: (isAccepted: boolean) => void): void {
    this.#unwritten += 1;
    const written = this.#guarded((isAccepted: boolean) => {
      this.#unwritten -= 1;
      onWritten?.(isAccepted);
      if (this.#resetsWhenWritten && this.#unwritten === 0) reset(this.#client);
    });
    this.#toClient.write(bytes, bytesPerSecond, written);
  }

  #writeToServer({ bytes, bytesPerSecond, onWritten }: ForServer): void {
    const written = this.#guarded(onWritten);
    if (this.#toServer !== null) {
      this.#toServer.write(bytes, bytesPerSecond, written);
      return;
    }
    this.#forServer.push({ bytes, bytesPerSecond, onWritten });
    if (this.#forServer.length > 1) return;
    this.#relayed.redial(this.#gone.signal).then(
      this.#guarded((upstream: PipeEnd) => {
        if (this.#gone.signal.aborted) return void upstream.stream.destroy();
        this.#useUpstream(upstream);
        for (const each of this.#forServer.splice(0)) this.#writeToServer(each);
        this.#endServerIfOver();
        this.#resumeClient();
      }),
      this.#guarded(() => {
        this.#note('upstream', 'fin', null);
        this.#endBoth();
      }),
    );
  }

  #dropUpstream(): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    this.#toServer = null;
    upstream?.stream.destroy();
    upstream?.tcp.destroy();
  }

  /** The client's end passes after its last request. */
  #endServerIfOver(): void {
    if (this.#clientEnded && this.#waiting.length === 0) this.#toServer?.end();
  }

  #onServerBytes(read: Buffer): void {
    const chunk = this.#rewriting?.bytes(read) ?? read;
    if (chunk.length > 0) this.#passAnswer(chunk);
    if (this.#isServerStopped()) this.#upstream?.stream.pause();
  }

  #passAnswer(chunk: Buffer): void {
    // An answer to an idle connection, such as 408, while its request is held.
    if (this.#leaveUpstream()) return;
    const exchange = this.#exchange;
    const rest = exchange?.isForwarded ? exchange.takeAnswer(chunk) : chunk;
    // It answers no request: the client decides what that means.
    if (rest.length > 0) this.#writeToClient(rest, null);
  }

  #onServerEnd(): void {
    this.#serverEnded = true;
    const rest = this.#rewriting?.rest();
    if (rest !== undefined && rest.length > 0) this.#passAnswer(rest);
    if (this.#leaveUpstream()) return;
    this.#note('upstream', 'fin', null);
    this.#whenAnswered(() => this.#toClient.end());
  }

  #onServerGone(isBroken: boolean, code: string | null, isOurs: boolean): void {
    if (this.#leaveUpstream() || !isBroken) return;
    this.#note(isOurs ? 'proxy' : 'upstream', 'reset', code);
    this.#whenAnswered(() => {
      this.#resetsWhenWritten = true;
      if (this.#unwritten === 0) reset(this.#client);
    });
  }

  /** While a request is held, the connection to the server is of no use any more: the request gets another one. */
  #leaveUpstream(): boolean {
    const isHeld = this.#exchange?.isHeld ?? false;
    if (isHeld) this.#dropUpstream();
    return isHeld;
  }

  /** @param then called when everything that the server sent has been passed on */
  #whenAnswered(then: () => void): void {
    if (this.#exchange === null) then();
    else this.#exchange.serverEnded(this.#guarded(then));
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    this.#note('client', 'fin', null);
    const exchange = this.#exchange;
    exchange?.clientEnded();
    if (this.#isUnread || exchange === null || exchange.isForwarded) this.#endServerIfOver();
  }

  #onClientGone(isBroken: boolean, code: string | null, isOurs: boolean): void {
    this.#note(isOurs ? 'proxy' : 'client', 'reset', code);
    this.#gone.abort();
    this.#exchange?.abort(this.#first ?? GONE);
    this.#exchange = null;
    this.#waiting.clear();
    if (this.#upstream === null) return;
    if (isBroken) reset(this.#upstream);
    else if (!this.#isUnread) this.#toServer?.end();
  }

  #onDone(exchange: HttpExchange, isLast: boolean): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = null;
    if (isLast) {
      this.#endBoth();
      return;
    }
    const waiting = this.#waiting.take();
    if (waiting.length > 0) this.#readRequest(waiting);
    else this.#endServerIfOver();
    this.#resumeClient();
  }

  #passUnread(): void {
    this.#isUnread = true;
    this.#exchange = null;
    const waiting = this.#waiting.take();
    if (waiting.length > 0) this.#toServer?.write(waiting);
    if (this.#clientEnded) this.#toServer?.end();
  }

  #endBoth(): void {
    this.#toClient.end();
    this.#toServer?.end();
  }

  /** Ends it because of a rule. */
  #close(): void {
    this.#note('proxy', 'fin', null);
    this.#client.stream.destroy();
    this.#client.tcp.destroy();
    this.#dropUpstream();
  }

  #note(by: Closed['by'], how: Closed['how'], code: string | null): void {
    this.#first ??= { by, how, code };
  }

  #isClientStopped(): boolean {
    const isOpening = this.#toServer === null && this.#forServer.length > 0;
    return isOpening || this.#waiting.length > MAX_WAITING || this.#toServer?.hasRoom === false;
  }

  #isServerStopped(): boolean {
    return !this.#toClient.hasRoom || (this.#exchange?.isFull ?? false);
  }

  #resumeClient(): void {
    if (!this.#isClientStopped()) this.#client.stream.resume();
  }

  #resumeServer(): void {
    if (!this.#isServerStopped()) this.#upstream?.stream.resume();
  }
}

const GONE: Closed = { by: 'client', how: 'fin', code: null };

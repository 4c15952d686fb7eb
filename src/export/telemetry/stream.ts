import { randomUUID } from 'node:crypto';
import type { Reader, Store, SumsByKey } from '../../store/index.js';
import { readBatch } from './batch.js';
import { toMetrics } from './metrics.js';
import { type Answer, createCollector } from './post.js';
import { createResources, type ResourceAttributes } from './resource.js';
import { zerosOf } from './sums.js';

/** Sends what is committed to an OpenTelemetry collector, in turn with other processes of the database. */
export interface TelemetryStream {
  /**
   * Sends the next batch, if there is one and no other process sends.
   * @param signal aborts a request that is not answered
   * @throws StoreError
   */
  turn(signal: AbortSignal): Promise<Turn>;
}

export type Turn =
  /** The batch was sent; there may be more. */
  | { type: 'sent' }
  | { type: 'idle' }
  /** Another process sends, or all processes wait after a failure. */
  | { type: 'waiting' }
  | { type: 'failed'; reason: string };

export interface TelemetryOptions {
  /** Base URL of the collector. */
  endpoint: string;
  /** Whether spans have prompts, answers and tool results. */
  withContent: boolean;
  /** Attributes of every resource. */
  attributes: ResourceAttributes;
  /** Unix ms. The first turn of a database begins here: earlier changes are not sent. */
  since: number;
  /** @throws StoreError */
  ask<Result>(question: (reader: Reader) => Result): Result;
  /** @throws StoreError */
  write<Result>(work: (store: Store) => Result): Result;
  /** Called when data will never be sent. @param message a sentence */
  onLoss(code: string, message: string): void;
}

/** Longer than it takes to read a batch, to send it and to get the answer. */
const LEASE_MS = 60_000;
const MAX_CHANGES = 200;
/** New combinations of attributes beyond this are counted together. */
const MAX_SUMS = 10_000;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
/** The longest `Retry-After` that is honoured. */
const MAX_ASKED_WAIT_MS = 60 * 60 * 1_000;

export function createTelemetryStream(options: TelemetryOptions): TelemetryStream {
  const { endpoint, withContent, attributes, since, ask, write, onLoss } = options;
  const owner = `${process.pid} ${randomUUID()}`;
  const collector = createCollector(endpoint);
  const resourceOf = createResources(attributes);
  let failures = 0;
  /** Changes in a batch. A refused batch is sent in pieces, to lose only the refused data. */
  let limit = MAX_CHANGES;
  /** The last change whose metrics were taken. Its spans may still have to be sent. */
  let measured = 0;

  function takeTurn(): number | 'idle' | 'waiting' {
    const state = ask((reader) => reader.telemetry());
    const now = Date.now();
    if (state?.isBehind === false) return 'idle';
    if (state !== null && state.until.getTime() > now) return 'waiting';
    return write((store) => store.telemetry.take(owner, now, LEASE_MS, since)) ?? 'waiting';
  }

  async function send(position: number, signal: AbortSignal): Promise<Turn> {
    const changes = ask((reader) => reader.changes(position, limit));
    if (changes.length === 0) return endTurn(null);

    const batch = readBatch(changes, { ask, withContent, resourceOf });
    const startedAt = Date.now();
    const [totals, known] = write(({ telemetry }) => {
      const sums = batch.increments.totals(telemetry.sums, MAX_SUMS - telemetry.countSums(), startedAt);
      return [sums, telemetry.sums([...sums.keys()])];
    });
    const begun = zerosOf(new Map([...totals].filter(([key]) => !known.has(key))));
    // Metrics first: sending totals again changes nothing. Before them zeros, which can be repeated until they are noted: a series that
    // begins again after it has counted looks like a restart, and a backend would add both.
    let ofMetrics = await sendMetrics(batch.position, begun, signal);
    if (ofMetrics === null || ofMetrics.type === 'taken') {
      if (begun.size > 0 && !write((store) => store.telemetry.begin(owner, begun, Date.now())))
        return { type: 'waiting' };
      ofMetrics = await sendMetrics(batch.position, totals, signal);
    }
    if (ofMetrics?.type === 'later') return endTurn(ofMetrics);
    if (ofMetrics?.type === 'taken') measured = Math.max(batch.position, measured);
    const ofSpans = batch.spans.length === 0 ? null : await collector.spans(batch.spans, signal);
    if (ofSpans?.type === 'later') return endTurn(ofSpans);

    const answers = [ofMetrics, ofSpans].flatMap((answer) => answer ?? []);
    const unoffered = answers.find(({ type }) => type === 'not_offered');
    if (unoffered && answers.every(({ type }) => type === 'not_offered')) return endTurn(unoffered);
    if (ofSpans?.type === 'refused' && batch.changes > 1) {
      limit = 1;
      return endTurn(null, 'sent');
    }
    const missed = (changes[0]?.n ?? 0) - position - 1;
    if (position > 0 && missed > 0)
      onLoss('otlp_gap', `${missed} changes were no longer kept, and were not sent to ${endpoint}.`);
    noteLoss('metrics', ofMetrics);
    noteLoss('spans', ofSpans);
    limit = Math.min(limit * 2, MAX_CHANGES);
    failures = 0;
    write((store) => store.telemetry.advance(owner, batch.position, totals, Date.now()));
    return { type: 'sent' };
  }

  /** @returns null without sums */
  async function sendMetrics(position: number, sums: SumsByKey, signal: AbortSignal): Promise<Answer | null> {
    if (sums.size === 0) return null;
    // The totals of a piece of a batch would be smaller than those that the collector has.
    if (position <= measured) return { type: 'taken', refused: null };
    return collector.metrics(toMetrics(sums, Date.now()), signal);
  }

  function noteLoss(what: 'metrics' | 'spans', answer: Answer | null): void {
    if (answer?.type === 'not_offered') {
      onLoss(`otlp_no_${what}`, `${endpoint} accepts no ${what}: ${answer.reason}.`);
    } else if (answer?.type === 'refused') {
      onLoss(`otlp_refused_${what}`, `${endpoint} refused some ${what}: ${answer.reason}.`);
    } else if (answer?.type === 'taken' && answer.refused !== null) {
      onLoss(`otlp_refused_${what}`, `${endpoint} refused some ${what}: ${answer.refused}.`);
    }
  }

  function endTurn(failure: Answer | null, otherwise: 'sent' | 'idle' = 'idle'): Turn {
    const reason = failure !== null && 'reason' in failure ? failure.reason : null;
    if (reason === null) {
      write((store) => store.telemetry.end(owner, Date.now(), null));
      return { type: otherwise };
    }
    const backOff = Math.min(FIRST_WAIT_MS * 2 ** failures++, MAX_WAIT_MS) * (0.8 + 0.4 * Math.random());
    const asked = failure?.type === 'later' ? failure.retryAfterMs : null;
    const waitMs = asked === null ? backOff : Math.min(asked, MAX_ASKED_WAIT_MS);
    write((store) => store.telemetry.end(owner, Date.now(), { reason, waitMs }));
    return { type: 'failed', reason };
  }

  return {
    async turn(signal) {
      const position = takeTurn();
      return typeof position === 'number' ? send(position, signal) : { type: position };
    },
  };
}

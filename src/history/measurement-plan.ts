import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AttributionOverBudgetError,
  type CountRequest,
  createBudget,
  findPinnedCall,
  type MeasurableRequest,
  NOTHING_MEASURED,
  type PinnedCall,
  type PlannedMeasurement,
  planMeasurements,
  settleMeasurement,
} from '../attribution/index.js';
import type { RequestId } from '../model/ids.js';
import type { Measurement, Measurements } from '../model/measurement.js';
import type { RequestDetail } from '../model/request.js';
import { DamagedContentError, NotFoundError, type Reader } from '../store/index.js';
import { STORED_BUDGET_MS } from './reattribute.js';
import { readAttributed } from './segments.js';

/** A request that `count_tokens` has to answer. */
export interface PlannedCount {
  model: string;
  /** Hex SHA-256 of the request's JSON. */
  id: string;
  request: CountRequest;
}

/** The counts that are needed, and what earlier answers already give. */
export interface MeasurementPlan {
  /** Each once, in the order of the requests that need them. */
  counts: PlannedCount[];
  /** Pieces of content to measure, each once for its model. */
  pieces: number;
  /** Takes an answer. @returns the measurements that it completes, by the key of the piece */
  answer(count: PlannedCount, tokens: number): Measurements;
  /** Measurements that earlier answers already give, by model. */
  known: ReadonlyMap<string, Measurements>;
}

export interface PlanOptions {
  /** Called after each request with the number done. */
  onProgress?: (done: number) => void;
  /** Aborting it ends the plan at the next request. */
  signal?: AbortSignal | undefined;
}

/**
 * Plans the counts that make the tokens of these requests known piece by piece. Requests without a bill, and those that were not
 * captured whole or cannot be read any more, are left out. Other work of this thread, such as signals, goes on between two requests.
 */
export async function planStoredMeasurements(
  reader: Reader,
  requests: readonly RequestId[],
  { onProgress = () => {}, signal }: PlanOptions = {},
): Promise<MeasurementPlan> {
  const models = new Map<string, ModelPlan>();
  const planOf = (model: string): ModelPlan => {
    const plan = models.get(model) ?? createModelPlan(model, reader);
    models.set(model, plan);
    return plan;
  };
  const withPlan = (id: RequestId, work: (plan: ModelPlan, read: () => UnmeasuredRequest) => void) =>
    unlessUnreadable(() => {
      const detail = reader.request(id);
      if (isMeasurable(detail)) work(planOf(detail.model), () => readRequest(reader, detail));
    });
  // The last requests of a session hold most of its calls.
  for (const id of requests.toReversed()) withPlan(id, (plan, read) => plan.lookForCall(read));
  for (const [index, id] of requests.entries()) {
    await nextTurn();
    if (signal?.aborted) break;
    withPlan(id, (plan, read) => plan.add(read()));
    onProgress(index + 1);
  }
  const plans = [...models.values()];
  return {
    counts: plans.flatMap((plan) => plan.counts()),
    pieces: plans.reduce((sum, plan) => sum + plan.pieces(), 0),
    answer: ({ model, id }, tokens) => models.get(model)?.answer(id, tokens) ?? NOTHING_MEASURED,
    known: new Map([...models].map(([model, plan]) => [model, plan.known()])),
  };
}

/** Undefined for a request that retention has removed in the meantime, that is damaged, or that takes too long to attribute. */
export function unlessUnreadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    const isUnreadable =
      error instanceof NotFoundError ||
      error instanceof DamagedContentError ||
      error instanceof AttributionOverBudgetError;
    if (isUnreadable) return undefined;
    throw error;
  }
}

type BilledRequest = RequestDetail & { model: string };

/** Whether a request has a bill and a whole body. */
function isMeasurable(detail: RequestDetail): detail is BilledRequest {
  const isWhole = !detail.requestBody.truncated && detail.damaged.length === 0;
  const isBilled = detail.kind === 'messages' && detail.tokens.known === 'exact';
  return isBilled && isWhole && detail.model !== null;
}

type UnmeasuredRequest = Omit<MeasurableRequest, 'measured'>;

function readRequest(reader: Reader, detail: BilledRequest): UnmeasuredRequest {
  const { redacted } = detail.requestBody;
  return { ...readAttributed(reader, detail), redacted, budget: createBudget(STORED_BUDGET_MS) };
}

/** Maximum number of requests in which a call is looked for: models of side calls make no calls. */
const MAX_LOOKS = 5;

/** The measurements of one model. */
function createModelPlan(model: string, reader: Reader) {
  const measured = reader.measurements(model);
  const counted = new Map(reader.tokenCounts(model));
  const known = new Map<string, Measurement>();
  const planned = new Set<string>();
  const wanted = new Map<string, PlannedCount>();
  /** Measurements by the counts that they still need. */
  const waiting = new Map<string, Set<Waiting>>();
  let pinnedCall: PinnedCall | null = null;
  let looks = 0;

  function complete({ measurement, ids }: Waiting): Measurements {
    const counts = ids.map((id) => counted.get(id) ?? Number.NaN);
    return settleMeasurement(measurement, counts) ?? NOTHING_MEASURED;
  }

  function plan(measurement: PlannedMeasurement): void {
    const counts = measurement.sum.terms.map(({ request }) => ({
      model,
      request,
      id: hash('sha256', JSON.stringify(request), 'hex'),
    }));
    const one: Waiting = { measurement, ids: counts.map(({ id }) => id), missing: new Set() };
    for (const count of counts) {
      if (counted.has(count.id)) continue;
      one.missing.add(count.id);
      wanted.set(count.id, count);
      waiting.set(count.id, (waiting.get(count.id) ?? new Set()).add(one));
    }
    if (one.missing.size === 0) for (const [key, value] of complete(one)) known.set(key, value);
  }

  return {
    lookForCall(read: () => UnmeasuredRequest): void {
      if (pinnedCall !== null || looks++ >= MAX_LOOKS) return;
      pinnedCall = findPinnedCall(read());
    },
    add(request: UnmeasuredRequest): void {
      for (const measurement of planMeasurements({ ...request, measured, pinnedCall })) {
        const isNew = measurement.keys.some((key) => !planned.has(key));
        for (const key of measurement.keys) planned.add(key);
        if (isNew) plan(measurement);
      }
    },
    counts: () => [...wanted.values()],
    pieces: () => planned.size,
    known: (): Measurements => known,
    answer(id: string, tokens: number): Measurements {
      counted.set(id, tokens);
      const found = new Map<string, Measurement>();
      for (const one of waiting.get(id) ?? []) {
        one.missing.delete(id);
        if (one.missing.size > 0) continue;
        for (const [key, value] of complete(one)) found.set(key, value);
      }
      waiting.delete(id);
      return found;
    },
  };
}

type ModelPlan = ReturnType<typeof createModelPlan>;

interface Waiting {
  measurement: PlannedMeasurement;
  /** Ids of the counts of its terms, in order. */
  ids: string[];
  /** Those that are not counted yet. */
  missing: Set<string>;
}

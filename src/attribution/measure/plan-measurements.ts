import { isRecord, type JsonRecord } from '../../base/json.js';
import { atPointer } from '../../base/json-location.js';
import type { Measurements } from '../../model/measurement.js';
import type { Solution, ThreadContext } from '../../model/segment.js';
import type { Budget } from '../budget.js';
import { blockPath } from '../segments/body-parts.js';
import { measurementKey } from '../tokens/measurements.js';
import { type Member, membersOf } from '../tokens/token-group.js';
import { type WeighedPiece, weighRequest } from '../tokens/weigh.js';
import {
  type CountSum,
  countOf,
  minus,
  OVERHEAD,
  type PinnedCall,
  probeResultBy,
  surroundingsOf,
} from './count-request.js';
import { cutBlock } from './cut-block.js';

/** Pieces to measure, and the counts that give their tokens. */
export interface PlannedMeasurement {
  /** Keys of the pieces (`measurementKey`). Several pieces that cannot be cut apart are measured together. */
  keys: string[];
  /** Expected tokens of each, by which a common figure is divided. */
  weights: number[];
  /** The tokens of the pieces. */
  sum: CountSum;
}

export interface MeasurableRequest {
  /** Parsed request JSON. */
  body: unknown;
  /** The request body as text. */
  text: string;
  /** Whether secrets were replaced in it: the API counted other text. */
  redacted: boolean;
  thread: ThreadContext;
  /** Null when the bill of its thread did not solve it. */
  solution: Solution | null;
  /** The measurements of its model so far. */
  measured: Measurements;
  /** Any call of its model that a bill has given alone. Without one, calls and results are not measured. */
  pinnedCall?: PinnedCall | null | undefined;
  budget?: Budget | undefined;
}

/** The replacement of a secret in stored text (capture/redact). */
const REDACTED = /\[redacted(?::[0-9a-f]{16})?\]/;

/**
 * The measurements that a request lacks: those of pieces whose tokens no bill gives alone. Each piece is counted in the smallest
 * request that holds it, and the count of the same request without it is subtracted. The pieces of one text are the differences of
 * its beginnings.
 *
 * A piece with a redacted secret is left out, since the API counted the secret itself: it gets the tokens that the measured pieces
 * leave of the bill.
 *
 * @throws {AttributionOverBudgetError} when `budget` is used up
 */
export function planMeasurements(request: MeasurableRequest): PlannedMeasurement[] {
  const { body, text, thread, solution, measured, budget } = request;
  const pieces = weighRequest(body, text, thread, budget);
  const members = membersOf(pieces);
  const fits = solution !== null && solution.known.length === pieces.length;
  const known = measured.get(PROBE_RESULT);
  const pinned = request.pinnedCall ? probeResultBy(request.pinnedCall) : null;
  const resultOfProbe = known === undefined ? pinned : { terms: [], tokens: known.tokens };
  const cleared = new Set(fits ? solution.cleared : []);
  const places = pieces.map((piece, index): Place => {
    const member = members[index] ?? null;
    const isPinned = fits && solution.known[index] === 'exact';
    const key = member === null ? null : measurementKey(member);
    const isKnown = key === null || isPinned || cleared.has(index) || measured.has(key);
    return { piece, member, key, isRedacted: request.redacted && REDACTED.test(piece.content), isKnown };
  });
  const planned = byBlock(places).flatMap((block) => measurementsOfBlock(body, block, resultOfProbe));
  const needsProbe =
    known === undefined && pinned !== null && places.some(({ isKnown, member }) => !isKnown && isOfCall(member));
  return needsProbe ? [{ keys: [PROBE_RESULT], weights: [1], sum: pinned }, ...planned] : planned;
}

/** The key of the cost of the probe's result among the measurements. */
const PROBE_RESULT = 'probe result';

function isOfCall(member: Member | null): boolean {
  return member?.kind === 'call' || member?.kind === 'result';
}

/**
 * A call whose tokens a bill gives alone.
 *
 * @throws {AttributionOverBudgetError} when `budget` is used up
 */
export function findPinnedCall({
  body,
  text,
  thread,
  solution,
  redacted,
  budget,
}: Omit<MeasurableRequest, 'measured'>): PinnedCall | null {
  if (solution === null) return null;
  const pieces = weighRequest(body, text, thread, budget);
  const index = pieces.findLastIndex(({ role, part, content }, at) => {
    const isCall = role === 'assistant' && part === 'call' && solution.known[at] === 'exact';
    return isCall && !(redacted && REDACTED.test(content)) && (solution.tokens[at] ?? 0) > 0;
  });
  const call = atPointer(body, pieces[index]?.path ?? '');
  const isWhole = isRecord(call) && call.type === 'tool_use' && typeof call.id === 'string';
  return isWhole && solution.known.length === pieces.length ? { call, tokens: solution.tokens[index] ?? 0 } : null;
}

interface Place {
  piece: WeighedPiece;
  /** Null if the model does not read it. */
  member: Member | null;
  key: string | null;
  isRedacted: boolean;
  /** Needs no measurement. */
  isKnown: boolean;
}

/** Neighbours in the same block. */
function byBlock(places: readonly Place[]): Place[][] {
  const blocks: Place[][] = [];
  let last: string | null = null;
  for (const place of places) {
    const path = blockPath(place.piece.path);
    if (path === last) blocks.at(-1)?.push(place);
    else blocks.push([place]);
    last = path;
  }
  return blocks;
}

function measurementsOfBlock(
  body: unknown,
  places: readonly Place[],
  resultOfProbe: CountSum | null,
): PlannedMeasurement[] {
  const [first] = places;
  if (first === undefined || places.every(({ isKnown }) => isKnown)) return [];
  if (first.member?.kind === 'overhead') return overheadOf(body, first);
  const path = blockPath(first.piece.path);
  const value = atPointer(body, path);
  const block = typeof value === 'string' ? { type: 'text', text: value } : value;
  if (!isRecord(block)) return [];
  const role = first.piece.path.startsWith('/messages/') && first.piece.role === 'system' ? 'user' : first.piece.role;
  const surroundings = surroundingsOf(role, block, resultOfProbe);
  if (surroundings === null) return [];

  const cutAt = ({ piece }: Place): JsonRecord | null => {
    const inside = typeof value === 'string' ? '/text' : piece.path.slice(path.length);
    const cut = cutBlock(block, inside, piece.end);
    return cut === null || isBlank(cut) ? null : cut;
  };
  let before = surroundings.without;
  return runsOf(places, cutAt).flatMap(({ places: run, cut }) => {
    const upTo = countOf(surroundings.around(cut));
    const sum = minus(upTo, before);
    before = upTo;
    const keys = run.flatMap(({ key }) => key ?? []);
    const isWanted = run.some(({ isKnown }) => !isKnown) && keys.length === run.length;
    if (!isWanted || run.some(({ isRedacted }) => isRedacted)) return [];
    return [{ keys, weights: run.map(({ member }) => member?.estimate ?? 0), sum }];
  });
}

function overheadOf(body: unknown, { key }: Place): PlannedMeasurement[] {
  const choice = isRecord(body) ? body.tool_choice : undefined;
  // Another choice of tools has other instructions.
  if (key === null || (isRecord(choice) && choice.type !== 'auto')) return [];
  const hasTools = isRecord(body) && Array.isArray(body.tools) && body.tools.length > 0;
  return hasTools ? [{ keys: [key], weights: [1], sum: OVERHEAD }] : [];
}

/** Pieces between two places where a block can be cut: one, unless the block cannot be cut between them. */
interface Run {
  places: Place[];
  /** The block up to the end of the run. */
  cut: JsonRecord;
}

function runsOf(places: readonly Place[], cutAt: (place: Place) => JsonRecord | null): Run[] {
  const runs: Run[] = [];
  // Every beginning of a tool has its name and schema, so they belong to the first run.
  const ordered = places.map((place) => ({ place, cut: cutAt(place) }));
  const isTool = places[0]?.piece.role === 'tools';
  if (isTool) ordered.sort((a, b) => Number(a.cut !== null) - Number(b.cut !== null));
  let open: Place[] = [];
  for (const { place, cut } of ordered) {
    open.push(place);
    if (cut === null) continue;
    runs.push({ places: open, cut });
    open = [];
  }
  return runs;
}

/** Whether a block ends with a text of blanks only, which the API refuses. */
function isBlank({ type, text, content }: JsonRecord): boolean {
  if (type === 'text') return typeof text === 'string' && text.trim() === '';
  const last: unknown = Array.isArray(content) ? content.at(-1) : undefined;
  return isRecord(last) ? isBlank(last) : false;
}

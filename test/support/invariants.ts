import { isDeepStrictEqual } from 'node:util';
import {
  type AttributionInput,
  type FinishedExchange,
  segmentText,
  type Threads,
} from '../../src/attribution/index.js';
import type { Attribution, Segment } from '../../src/model/segment.js';
import { billedInput, type Usage } from '../../src/model/usage.js';
import { attributed } from './attributed.js';

/** All faults in the attribution of a body; it must not depend on earlier calls. */
export function bodyFaults(body: unknown, given: Partial<AttributionInput> & { usage: Usage | null }): string[] {
  const text = given.text ?? JSON.stringify(body) ?? '';
  const attribution = attributed(body, given);
  const same = isDeepStrictEqual(attribution, attributed(structuredClone(body), given));
  return [
    ...partitionFaults(body, text, attribution),
    ...sumFaults(attribution, given.usage),
    ...(same ? [] : ['the same body gave something else']),
  ];
}

/** All faults in the attribution of an exchange behind the earlier ones of its session. */
export function exchangeFaults(threads: Threads, exchange: FinishedExchange): string[] {
  const attribution = threads.attribute(exchange);
  const { body, text, usage, model, at } = exchange;
  const { thread, solution, segments } = attribution;
  const again = attributed(body, { text, usage, model, at, thread, solution });
  return [
    ...partitionFaults(body, text, attribution),
    ...sumFaults(attribution, usage),
    ...(isDeepStrictEqual(again.segments, segments) ? [] : ['body and solution do not give the same segments again']),
  ];
}

/** Faults in the segments of a body: those of a string must join to exactly that string. */
export function partitionFaults(body: unknown, text: string, { segments }: Attribution): string[] {
  const faults: string[] = [];
  const joined = joinedOf(segments);
  for (const [path, pieces] of joined) {
    let end = 0;
    for (const piece of pieces) {
      if (piece.start !== end) faults.push(`${path} goes on at ${piece.start} where ${end} is due`);
      if (piece.end <= piece.start) faults.push(`${path} has an empty segment at ${piece.start}`);
      end = piece.end;
    }
    const [first] = pieces;
    const whole = first === undefined ? '' : segmentText(body, text, { ...first, start: 0, end: Infinity });
    if (whole.length !== end) faults.push(`${path} ends at ${end} where ${whole.length} is due`);
  }
  return faults;
}

/** Strings of a body that are in no segment. Only for bodies that the API accepts, since other fields are not read. */
export function lostStrings(body: unknown, text: string, { segments }: Attribution): string[] {
  const covers = new Map([...joinedOf(segments)].map(([path, pieces]) => [path, textOf(body, text, pieces)]));
  return [...strings(body)].filter(([path, value]) => !covered(path, value, covers)).map(([path]) => path);
}

function joinedOf(segments: readonly Segment[]): Map<string, Segment[]> {
  const joined = new Map<string, Segment[]>();
  for (const segment of segments) {
    // The overhead, which the API adds, is not in the body.
    if (segment.part === 'overhead') continue;
    const pieces = joined.get(segment.path);
    if (pieces === undefined) joined.set(segment.path, [segment]);
    else pieces.push(segment);
  }
  return joined;
}

function textOf(body: unknown, text: string, pieces: readonly Segment[]): string {
  return pieces.map((piece) => segmentText(body, text, piece)).join('');
}

/** Faults in the figures: tokens and shares must sum to the bill (null: nothing was billed), costs to the request's. */
export function sumFaults({ segments, shares, inputTokens, inputCostUsd }: Attribution, bill: Usage | null): string[] {
  const faults: string[] = [];
  const same = (what: string, is: number, due: number): void => {
    if (is !== due) faults.push(`${what}: ${is} where ${due} is due`);
  };
  if (bill !== null) {
    same('input tokens', inputTokens, billedInput(bill));
    same('cache reads', sum(segments.map(({ cache }) => cache.read)), bill.cacheRead);
    same('5-minute writes', sum(segments.map(({ cache }) => cache.write5m)), bill.cacheWrite5m);
    same('1-hour writes', sum(segments.map(({ cache }) => cache.write1h)), bill.cacheWrite1h);
  }
  same('tokens of segments', sum(segments.map(({ tokens }) => tokens)), inputTokens);
  same('tokens of shares', sum(shares.map(({ tokens }) => tokens)), inputTokens);
  for (const { path, tokens, cache, costUsd } of segments) {
    same(`cache split of ${path}`, sum(Object.values(cache)), tokens);
    if (!Number.isSafeInteger(tokens) || tokens < 0) faults.push(`${path} has ${tokens} tokens`);
    if ((costUsd === null) !== (inputCostUsd === null)) faults.push(`${path} costs ${costUsd} of ${inputCostUsd}`);
  }
  const cost = sum(segments.map(({ costUsd }) => costUsd ?? 0));
  if (Math.abs(cost - (inputCostUsd ?? 0)) >= 1e-9) faults.push(`costs: ${cost} where ${inputCostUsd} is due`);
  return faults;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Every string that the model reads, with its path: those of `system`, `tools` and `messages`. */
function* strings(body: unknown): Generator<[string, string]> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  for (const part of ['system', 'tools', 'messages']) {
    if (Object.hasOwn(body, part)) yield* stringsIn(Reflect.get(body, part), `/${part}`);
  }
}

/** Fields that control the API and are not text. */
const NO_TEXT = ['role', 'type', 'tool_use_id', 'is_error', 'signature', 'cache_control', 'output_config'];

function* stringsIn(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!NO_TEXT.includes(key)) yield* stringsIn(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

/** Whether a string, or a block around it, is partitioned. */
function covered(path: string, value: string, joined: ReadonlyMap<string, string>): boolean {
  if (value === '') return true;
  const own = joined.get(path);
  if (own !== undefined) return own === value;
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (joined.get(at)?.includes(JSON.stringify(value)) === true) return true;
  }
  return false;
}

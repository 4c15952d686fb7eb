import { isRecord, type JsonRecord } from '../../base/json.js';
import { billedInput, type Usage } from '../../model/usage.js';
import { blockPath } from '../segments/body-parts.js';
import type { Calibration } from './calibration.js';
import { expected, type Member } from './token-group.js';
import type { WeighedPiece } from './weigh.js';

/** Neighbouring members that are billed together. */
export interface Section {
  members: Member[];
  /** Billed tokens. */
  bill: number;
}

/** A section whose bill is further from the expected tokens ends somewhere else. */
const [MIN_RATIO, MAX_RATIO] = [0.5, 2];
/** Cache reads may also end at a mark of another request, so their share of the bill must be this near to a mark's. */
const MAX_DISTANCE = 0.1;

/**
 * Splits a request where the bill gives the size of a prefix: writes for an hour end at the last mark for an hour, all cached
 * tokens end at the last mark, and reads end at some mark. So even a request that starts a thread separates the system prompt
 * from the messages, when an earlier one had left it in the cache.
 *
 * @param members of each piece; null where it is not read
 * @returns one section when the bill gives no such size
 */
export function cacheSections(
  pieces: readonly WeighedPiece[],
  members: readonly (Member | null)[],
  body: unknown,
  usage: Usage,
  calibration: Calibration,
): Section[] {
  const sizes = sizesBefore(members, calibration);
  const marks = cacheMarks(pieces, body);
  const bill = billedInput(usage);
  const read = usage.cacheRead;
  const written = read + usage.cacheWrite1h;
  const cached = bill - usage.uncached;
  const prefixes = [
    { end: read > 0 ? nearest(marks, sizes, read / bill) : null, bill: read },
    { end: written > read ? (marks.findLast(({ hour }) => hour)?.end ?? null) : null, bill: written },
    { end: cached > 0 ? (marks.at(-1)?.end ?? null) : null, bill: cached },
    { end: pieces.length, bill },
  ];
  const sections: Section[] = [];
  let [start, billed] = [0, 0];
  for (const prefix of prefixes) {
    if (prefix.end === null || prefix.end < start) continue;
    const section = { members: membersIn(members, start, prefix.end), bill: prefix.bill - billed };
    const previous = sections.at(-1);
    if (section.members.length === 0) {
      // A few tokens behind the last mark belong to no piece.
      if (previous !== undefined) previous.bill += section.bill;
      if (previous !== undefined) billed = prefix.bill;
      continue;
    }
    if (prefix.end < pieces.length && !isPlausible(section, calibration)) continue;
    [start, billed] = [prefix.end, prefix.bill];
    sections.push(section);
  }
  return sections.length > 0 && sections.every((section) => isPlausible(section, calibration))
    ? sections
    : [{ members: membersIn(members, 0, pieces.length), bill }];
}

function membersIn(members: readonly (Member | null)[], start: number, end: number): Member[] {
  return members.slice(start, end).filter((member) => member !== null);
}

/** Expected tokens before each piece, and before the end. */
function sizesBefore(members: readonly (Member | null)[], calibration: Calibration): number[] {
  const sizes = [0];
  for (const member of members) sizes.push((sizes.at(-1) ?? 0) + (member === null ? 0 : calibration.expect(member)));
  return sizes;
}

/** Cache marks in cache order: the number of pieces before each, and whether it is for an hour. */
function cacheMarks(pieces: readonly WeighedPiece[], body: unknown): { end: number; hour: boolean }[] {
  const ends = new Map<string, number>();
  for (const [index, { path }] of pieces.entries()) ends.set(blockPath(path), index + 1);
  return markedBlocks(body)
    .flatMap(({ path, hour }) => {
      const end = ends.get(path);
      return end === undefined ? [] : [{ end, hour }];
    })
    .sort((a, b) => a.end - b.end);
}

function markedBlocks(body: unknown): { path: string; hour: boolean }[] {
  if (!isRecord(body)) return [];
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return [
    ...marksOf(body.tools, '/tools'),
    ...marksOf(body.system, '/system'),
    ...messages.flatMap((message: unknown, index) =>
      isRecord(message) ? marksOf(message.content, `/messages/${index}/content`) : [],
    ),
  ];
}

function marksOf(blocks: unknown, path: string): { path: string; hour: boolean }[] {
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block: unknown, index) => {
    const mark: JsonRecord | null = isRecord(block) && isRecord(block.cache_control) ? block.cache_control : null;
    return mark === null ? [] : [{ path: `${path}/${index}`, hour: mark.ttl === '1h' }];
  });
}

/** The mark with about this share of the expected tokens before it, or null. */
function nearest(marks: readonly { end: number }[], sizes: readonly number[], share: number): number | null {
  let [found, least]: [number | null, number] = [null, MAX_DISTANCE * share];
  for (const { end } of marks) {
    const distance = Math.abs((sizes[end] ?? 0) / Math.max(1, sizes.at(-1) ?? 0) - share);
    if (distance < least) [found, least] = [end, distance];
  }
  return found;
}

function isPlausible({ members, bill }: Section, calibration: Calibration): boolean {
  const size = expected(members, calibration);
  return bill >= MIN_RATIO * size && bill <= MAX_RATIO * size + 1;
}

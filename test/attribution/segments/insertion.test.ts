import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TextRule } from '../../../src/attribution/rules/rule.js';
import { TEXT_RULES } from '../../../src/attribution/rules/rules-table.js';
import type { Piece } from '../../../src/attribution/segments/piece.js';
import { segmentRequest } from '../../../src/attribution/segments/segment-request.js';
import { isRecord } from '../../../src/base/json.js';
import type { ThreadContext } from '../../../src/model/segment.js';
import { requestBody } from '../../support/bodies.js';
import { harnessBody } from '../../support/harness-sections.js';

/** What no row knows. */
const UNKNOWN = 'Zorb words of which nobody has heard: they stand alone.';
const THREAD: ThreadContext = { knownServers: ['mellip', 'tavish'], agent: null };

test('an unknown paragraph anywhere changes the source of no other text', () => {
  const unchanged = (body: unknown, at: number): void => {
    expect(faultsOf(body, at)).toEqual([]);
  };
  fc.assert(fc.property(harnessBody, fc.nat(), unchanged), { numRuns: 1_500 });
  fc.assert(fc.property(requestBody, fc.nat(), unchanged), { numRuns: 300 });
});

const CASES = new URL('../cases/', import.meta.url);
describe.each(readdirSync(CASES))('at every border of %s', (file) => {
  const { body }: { body: object } = JSON.parse(readFileSync(new URL(file, CASES), 'utf8'));
  test('an unknown paragraph has no source of its own', () => {
    expect(bordersOf(body).flatMap((_, at) => faultsOf(body, at))).toEqual([]);
  });
});

/** A blank line in some text of a body. */
interface Border {
  path: string[];
  text: string;
  position: number;
}

function faultsOf(body: object | unknown, at: number): string[] {
  const borders = bordersOf(body);
  const border = borders[at % Math.max(1, borders.length)];
  if (border === undefined) return [];
  const { path, text, position } = border;
  // Behind a file, only what follows tells the context's date from one that the file quotes.
  if (/# currentDate\nToday's date is [^\n]*\n+$/.test(text.slice(0, position))) return [];
  const longer = `${text.slice(0, position)}${UNKNOWN}\n\n${text.slice(position)}`;
  const added = longer.length - text.length;
  const before = piecesOf(body, path);
  const after = piecesOf(withText(body, path, longer), path);
  const owner = (pieces: readonly Piece[], offset: number) => ownerAt(pieces, offset);
  const faults: string[] = [];
  for (let offset = 0; offset < text.length; offset++) {
    // Blank lines belong to what stands before them.
    if (/\s/.test(text[offset] ?? '')) continue;
    const now = owner(after, offset < position ? offset : offset + added);
    const was = owner(before, offset);
    if (was !== now) {
      faults.push(
        `${JSON.stringify(text.slice(offset, offset + 40))} was ${was}, is ${now} behind ${JSON.stringify(text.slice(0, position))}`,
      );
      break;
    }
  }
  const got = owner(after, position);
  // What belongs to no row of a system prompt is the prompt.
  const nobodys = [
    'framework:reminder text',
    'unknown text',
    ...(path[0] === 'system' ? ['framework:system prompt'] : []),
  ];
  if (!nobodys.includes(got) && !mayReach(before, text, position)) {
    faults.push(
      `it is ${got} between ${JSON.stringify(text.slice(0, position))} and ${JSON.stringify(text.slice(position, position + 40))}`,
    );
  }
  return faults;
}

/** Whether the text before a border has a form that reaches over it, by the rules table; or none of the harness’s has it. */
function mayReach(pieces: readonly Piece[], text: string, position: number): boolean {
  const piece = pieces.find(({ start, end }) => start < position && position <= end);
  if (piece === undefined) return true;
  // In the midst of it.
  if (position < piece.end) return true;
  // A tool's output is the tool's, whatever it holds.
  if (piece.part === 'result') return true;
  // Behind the tags of a command stands what it expands to.
  if (/^(?:command|skill):/.test(piece.source) && piece.content.trimEnd().endsWith('</command-name>')) return true;
  const next = pieces.find(({ start }) => start === piece.end);
  const words = piece.content.startsWith('<system-reminder>')
    ? piece.content.slice('<system-reminder>\n'.length)
    : piece.content;
  const inTag = pieces[0]?.content.startsWith('<system-reminder>') === true;
  const isBeforeEnd = ({ reach }: TextRule) =>
    typeof reach === 'object' && text.startsWith(reach.phrase.trimStart(), position);
  if (TEXT_RULES.some(isBeforeEnd)) return true;
  return TEXT_RULES.some(({ marker, reach }) => {
    marker.lastIndex = 0;
    if (!marker.test(words)) return false;
    if (reach === 'listing' || reach === 'entry' || reach === 'list-entry') return false;
    if (reach === 'paragraph') return inTag;
    if (inTag || reach === 'open') return true;
    // Between two servers' headings all is the first one's.
    return reach === 'document' && (/\n\n#{1,6} /.test(words) || next?.source.startsWith('mcp:') === true);
  });
}

function bordersOf(body: unknown): Border[] {
  const borders: Border[] = [];
  for (const [path, text] of stringsIn(body, [])) {
    for (const { index } of text.matchAll(/\n\n(?=\S)/g)) borders.push({ path, text, position: index + 2 });
  }
  return borders;
}

/** Texts of `system` and `messages`. */
function* stringsIn(value: unknown, path: string[]): Generator<[string[], string]> {
  if (typeof value === 'string' && ['text', 'content', 'system'].includes(path.at(-1) ?? '')) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (path.length === 0 && key !== 'system' && key !== 'messages') continue;
    yield* stringsIn(inner, [...path, key]);
  }
}

function withText(body: unknown, path: readonly string[], text: string): unknown {
  const copy: unknown = structuredClone(body);
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = isParent(parent) ? Reflect.get(parent, key) : undefined;
  if (isParent(parent)) Reflect.set(parent, path.at(-1) ?? '', text);
  return copy;
}

function isParent(value: unknown): value is object {
  return isRecord(value) || Array.isArray(value);
}

function piecesOf(body: unknown, path: readonly string[]): Piece[] {
  const pointer = `/${path.join('/')}`;
  return segmentRequest(body, JSON.stringify(body), THREAD).filter((piece) => piece.path === pointer);
}

function ownerAt(pieces: readonly Piece[], offset: number): string {
  const piece = pieces.find(({ start, end }) => start <= offset && offset < end);
  return piece === undefined ? 'nobody' : `${piece.source} ${piece.part}`;
}

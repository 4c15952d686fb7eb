import { elementsAt, fieldsAt, skipBlanks } from '../../base/json-bytes.js';
import type { Location } from '../../base/json-location.js';

/*
 * Changes JSON in place, as bytes: what is not changed keeps its spelling, its order, and numbers that JavaScript would round. Time is
 * linear in the text times the depth of the locations. Where fields of an object have one name, all of them change: other readers than
 * JavaScript may keep the first. A location within another one is not changed.
 */

/** Text that one change may add. */
const MAX_ADDED = 16 * 1024 * 1024;

interface Cut {
  start: number;
  end: number;
  text: string;
}

/** A field or an element; `start` is where its name begins. */
interface Member {
  key: string | number;
  start: number;
  value: number;
  end: number;
}

/** Locations as a tree. `index`: of the location that ends here; null on the way to others. */
interface Step {
  index: number | null;
  inner: Map<string | number, Step>;
}

/** @param textOf JSON text in place of the value at the location of this index; null removes it, with its name */
export function replaceAt(
  json: Buffer,
  locations: readonly Location[],
  textOf: (index: number) => string | null,
): Buffer {
  const cuts: Cut[] = [];
  visit(json, locations, (members, chosen) => {
    const removed = new Set<Member>();
    for (const [member, index] of chosen) {
      const text = textOf(index);
      if (text === null) removed.add(member);
      else cuts.push({ start: member.value, end: member.end, text });
    }
    cuts.push(...removals(members, removed));
  });
  return spliced(json, cuts);
}

/** Gives fields another name. A field that has it already is removed. Elements of lists have no names, and stay. */
export function renameAt(json: Buffer, locations: readonly Location[], name: string): Buffer {
  const cuts: Cut[] = [];
  const text = `${JSON.stringify(name)}:`;
  visit(json, locations, (members, chosen) => {
    const renamed = [...chosen.keys()].filter(({ key }) => typeof key === 'string' && key !== name);
    if (renamed.length === 0) return;
    for (const { start, value } of renamed) cuts.push({ start, end: value, text });
    cuts.push(...removals(members, new Set(members.filter(({ key }) => key === name))));
  });
  return spliced(json, cuts);
}

/** Adds a field to the object, or an element to the list, at a location. @param text JSON */
export function addAt(json: Buffer, location: Location, name: string | null, text: string): Buffer {
  const cuts: Cut[] = [];
  const added = name === null ? text : `${JSON.stringify(name)}:${text}`;
  visit(json, [location], (_, chosen) => {
    for (const { value } of chosen.keys()) {
      const last = membersAt(json, value).at(-1);
      const at = last?.end ?? value + 1;
      cuts.push({ start: at, end: at, text: last === undefined ? added : `,${added}` });
    }
  });
  return spliced(json, cuts);
}

/** Calls back for every object and list that has some of the values, and for the root if it is one of them. */
function visit(
  json: Buffer,
  locations: readonly Location[],
  onMembers: (members: readonly Member[], chosen: ReadonlyMap<Member, number>) => void,
): void {
  const walk = (members: readonly Member[], stepOf: (key: string | number) => Step | undefined) => {
    const chosen = new Map<Member, number>();
    for (const member of members) {
      const step = stepOf(member.key);
      if (step === undefined) continue;
      if (step.index !== null) chosen.set(member, step.index);
      else walk(membersAt(json, member.value), (key) => step.inner.get(key));
    }
    if (chosen.size > 0) onMembers(members, chosen);
  };
  const root = treeOf(locations);
  const start = skipBlanks(json, 0);
  walk([{ key: '', start, value: start, end: json.length }], () => root);
}

function treeOf(locations: readonly Location[]): Step {
  const root: Step = { index: null, inner: new Map() };
  for (const [index, location] of locations.entries()) {
    let step = root;
    for (const key of location) {
      const next = step.inner.get(key) ?? { index: null, inner: new Map() };
      step.inner.set(key, next);
      step = next;
    }
    step.index = index;
  }
  return root;
}

function membersAt(json: Buffer, start: number): Member[] {
  const members: Member[] = [];
  for (const { name, nameStart, start: value, end } of fieldsAt(json, start)) {
    members.push({ key: name, start: nameStart, value, end });
  }
  for (const { start: value, end } of elementsAt(json, start)) {
    members.push({ key: members.length, start: value, value, end });
  }
  return members;
}

/** Each goes with the comma behind it; the last ones go with the comma before them. */
function removals(members: readonly Member[], removed: ReadonlySet<Member>): Cut[] {
  const cuts: Cut[] = [];
  let keptEnd: number | null = null;
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    if (!removed.has(member)) keptEnd = member.end;
    else if (next !== undefined) cuts.push({ start: member.start, end: next.start, text: '' });
    else cuts.push({ start: keptEnd ?? member.start, end: member.end, text: '' });
  }
  return cuts;
}

/** @throws Error if the text is too long */
function spliced(json: Buffer, cuts: readonly Cut[]): Buffer {
  const added = cuts.reduce((sum, { text }) => sum + text.length, 0);
  if (added > MAX_ADDED) throw new Error('the changed message would be too large');
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { start, end, text } of [...cuts].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start > done) pieces.push(json.subarray(done, start));
    pieces.push(Buffer.from(text));
    done = Math.max(done, end);
  }
  pieces.push(json.subarray(done));
  return Buffer.concat(pieces);
}

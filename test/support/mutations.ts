import fc from 'fast-check';

/** One change to a body, as plain data that fast-check can shrink and print. Numbers are taken modulo the available range. */
export interface Mutation {
  kind: keyof typeof MUTATORS;
  /** Which value of the body, and a second one or a place in it. */
  at: number;
  other: number;
}

/** Some changes; each hits a value anywhere in the body, its keys' values included. */
export function mutations(maxLength: number): fc.Arbitrary<Mutation[]> {
  const kind = fc.constantFrom(...(Object.keys(MUTATORS) as (keyof typeof MUTATORS)[]));
  return fc.array(fc.record({ kind, at: fc.nat(), other: fc.nat() }), { minLength: 1, maxLength });
}

/** A changed copy of a body, as `JSON.parse` would give it. */
export function mutated(body: unknown, changes: readonly Mutation[]): unknown {
  const root = { body: structuredClone(body) };
  for (const { kind, at, other } of changes) {
    const slots = slotsOf(root);
    const slot = slots[at % slots.length];
    if (slot !== undefined) MUTATORS[kind](slot, other, slots);
  }
  return JSON.parse(JSON.stringify(root)).body;
}

/** The place of a value. */
interface Slot {
  parent: Record<string, unknown> | unknown[];
  key: string;
}

type Mutator = (slot: Slot, other: number, slots: readonly Slot[]) => void;

const MUTATORS = {
  drop: ({ parent, key }) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]),
  duplicate: (slot) => {
    const copy = structuredClone(valueAt(slot));
    if (Array.isArray(slot.parent)) slot.parent.splice(Number(slot.key), 0, copy);
    else slot.parent[`${slot.key}_`] = copy;
  },
  swap: (slot, other, slots) => {
    const target = slots[other % slots.length];
    if (target === undefined || holds(valueAt(slot), target) || holds(valueAt(target), slot)) return;
    const value = valueAt(slot);
    put(slot, valueAt(target));
    put(target, value);
  },
  nest: (slot, other) => put(slot, pickFrom(NESTS, other)(valueAt(slot))),
  deepen: (slot, other) => {
    let value = valueAt(slot);
    for (let depth = other % 400; depth > 0; depth--) value = depth % 2 === 0 ? [value] : { content: value };
    put(slot, value);
  },
  retype: (slot, other) => put(slot, structuredClone(pickFrom(VALUES, other))),
  rename: (slot, other) => {
    if (Array.isArray(slot.parent)) return;
    const value = valueAt(slot);
    delete slot.parent[slot.key];
    Object.defineProperty(slot.parent, pickFrom(KEYS, other), {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  },
  cut: (slot, other) => putText(slot, (text) => text.slice(other % (text.length + 1))),
  insert: (slot, other) =>
    putText(slot, (text) => {
      const place = (other >>> 5) % (text.length + 1);
      return text.slice(0, place) + pickFrom(INSERTS, other) + text.slice(place);
    }),
  flood: (slot, other) => putText(slot, (text) => text + pickFrom(RUNS, other).repeat(20 + (other % 500))),
} satisfies Record<string, Mutator>;

const NESTS: readonly ((value: unknown) => unknown)[] = [
  (value) => [value],
  (value) => ({ content: value }),
  (value) => ({ type: 'text', text: value }),
  (value) => ({ type: 'tool_result', tool_use_id: 'toolu_1', content: value }),
  (value) => JSON.stringify(value),
  (value) => [value, structuredClone(value), null],
];

const VALUES: readonly unknown[] = [null, true, 0, -1.5, 1e308, '', 'text', [], {}, [[]], { type: 'text' }, [null]];

const KEYS = ['content', 'text', 'type', 'name', 'id', 'tool_use_id', '__proto__', 'constructor', 'a/b~c', '', 'role'];

const INSERTS = [
  '<system-reminder>',
  '</system-reminder>',
  '\n<system-reminder>\n# MCP Server Instructions\n\n## zoft\n',
  '\n\nContents of /zoft/CLAUDE.md (project instructions):\n\n',
  'The following skills are available:\n- a: b\n',
  'The following deferred tools are here:\nmcp__a__b\n',
  '<command-name>/zoft</command-name>',
  '<command-message>zoft</command-message>\n<command-name>/zoft</command-name>\n<command-args>',
  'Base directory for this skill: /zoft\n',
  '<task-notification><tool-use-id>toolu_1</tool-use-id>',
  'x-anthropic-billing-header:',
  '\ud800',
  '\udfff\ud800',
  '\0',
  '\u2028\u2029\r\n\r',
  '\ufeff\u202e\u200d',
  'e\u0301\u0301\u0301',
  '👩‍👩‍👧‍👦🇩🇪',
  '<|endoftext|><|im_start|>',
  '# ',
  '\n\n## \n\n- : \n',
];

const RUNS = [
  ' ',
  '\n',
  '\t ',
  '漢字',
  'QUJD',
  'a',
  '0',
  '-',
  '🪲',
  '\u0301',
  'x y\n',
  '\n- a: ',
  '## b\n',
  '\r',
  '\udc00',
  ...INSERTS,
];

function slotsOf(root: Record<string, unknown>): Slot[] {
  const slots: Slot[] = [];
  const rest: (Record<string, unknown> | unknown[])[] = [root];
  for (let parent = rest.pop(); parent !== undefined; parent = rest.pop()) {
    for (const [key, value] of Object.entries(parent)) {
      slots.push({ parent, key });
      if (isParent(value)) rest.push(value);
    }
  }
  return slots;
}

function isParent(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null;
}

function valueAt({ parent, key }: Slot): unknown {
  return Reflect.get(parent, key);
}

function put({ parent, key }: Slot, value: unknown): void {
  Reflect.set(parent, key, value);
}

function putText(slot: Slot, change: (text: string) => string): void {
  const value = valueAt(slot);
  if (typeof value === 'string') put(slot, change(value));
}

/** Whether a slot is inside a value: swapping the two would make a cycle. */
function holds(value: unknown, { parent }: Slot): boolean {
  const rest: unknown[] = [value];
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (one === parent) return true;
    if (isParent(one)) for (const inner of Object.values(one)) if (inner !== undefined) rest.push(inner);
  }
  return false;
}

function pickFrom<T>(values: readonly T[], number: number): T {
  const [value] = values.slice(number % values.length);
  if (value === undefined) throw new Error('There is nothing to pick from.');
  return value;
}

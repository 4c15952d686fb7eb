import fc from 'fast-check';

/** Code that reads input of others, and properties that must hold for all input. */
export interface FuzzTarget {
  name: string;
  /** Inputs that CI tries: all targets together take a few seconds. */
  ciRuns: number;
  /** @returns null if the properties held for all inputs */
  run(plan: FuzzPlan): Promise<FuzzFailure | null>;
}

export interface FuzzPlan {
  seed: number;
  runs: number;
  /** The path of one input, from a failure: only that one is tried. */
  path?: string;
}

export interface FuzzFailure {
  seed: number;
  path: string;
  /** The smallest input that was found, as text. */
  input: string;
  error: unknown;
}

/** @param holds throws, or rejects, for an input for which it does not hold */
export function fuzzTarget<Input>(
  name: string,
  ciRuns: number,
  inputs: fc.Arbitrary<Input>,
  holds: (input: Input) => void | Promise<void>,
): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => holds(input));
  return {
    name,
    ciRuns,
    async run({ seed, runs, path }) {
      const replay = path === undefined ? {} : { path, endOnFailure: true };
      const found = await fc.check(property, { seed, numRuns: runs, ...replay });
      if (!found.failed) return null;
      const [input] = found.counterexample ?? [];
      return { seed, path: found.counterexamplePath ?? '', input: shown(input), error: found.errorInstance };
    },
  };
}

/** As JSON in ASCII. Bytes are latin1 text, to be pasted into `Buffer.from(…, 'latin1')`. */
function shown(input: unknown): string {
  const text = JSON.stringify(input, (_name, value) => (isSerializedBuffer(value) ? latin1(value.data) : value), 2);
  return (text ?? String(input)).replace(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isSerializedBuffer(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

function latin1(bytes: number[]): string {
  return Buffer.from(bytes).toString('latin1');
}

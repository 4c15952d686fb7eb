import { matchesGlob } from '../../base/glob.js';
import { isRecord } from '../../base/json.js';
import type { Test, Tests } from '../file/test-schema.js';
import { compileRegex } from './regex.js';

/** A test of one value. */
export interface ValueTest {
  holds(value: unknown): boolean;
  /** Whether it holds without a value. */
  holdsWithout: boolean;
}

type Check = (value: unknown) => boolean;

/** @throws Error for a regular expression that is refused */
export function compileTest(test: Test): ValueTest {
  if (typeof test !== 'object' || test === null) return { holds: (value) => value === test, holdsWithout: false };
  const checks = checksOf(test);
  return {
    holds: (value) => test.exists !== false && checks.every((check) => check(value)),
    holdsWithout: test.exists === false && checks.length === 0,
  };
}

/** Whether a test holds for one of some values. */
export function holdsForOne({ holds, holdsWithout }: ValueTest, values: readonly unknown[]): boolean {
  return values.length === 0 ? holdsWithout : values.some(holds);
}

/** The cheap ones first. */
function checksOf(test: Tests): Check[] {
  const { equals, gt, lt, length, prefix, suffix, one_of: choices, contains, glob, regex } = test;
  const checks: Check[] = [];
  // Null is a value that can be asked for.
  if (equals !== undefined) checks.push((value) => isEqual(equals, value));
  if (gt !== undefined) checks.push((value) => typeof value === 'number' && value > gt);
  if (lt !== undefined) checks.push((value) => typeof value === 'number' && value < lt);
  if (length !== undefined) checks.push((value) => isWithin(lengthOf(value), length));
  if (prefix !== undefined) checks.push(ofText((text) => text.startsWith(prefix)));
  if (suffix !== undefined) checks.push(ofText((text) => text.endsWith(suffix)));
  if (choices !== undefined) checks.push((value) => choices.some((choice) => isEqual(choice, value)));
  if (contains !== undefined) checks.push((value) => hasPart(value, contains));
  if (glob !== undefined) checks.push(ofText((text) => matchesGlob(glob, text)));
  if (regex !== undefined) checks.push(ofText(compileRegex(regex)));
  return checks;
}

function ofText(check: (text: string) => boolean): Check {
  return (value) => typeof value === 'string' && check(value);
}

function hasPart(value: unknown, part: unknown): boolean {
  if (typeof value === 'string') return typeof part === 'string' && value.includes(part);
  return Array.isArray(value) && value.some((element) => isEqual(part, element));
}

function lengthOf(value: unknown): number | null {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : null;
}

function isWithin(length: number | null, { min = 0, max = Number.POSITIVE_INFINITY }: NonNullable<Tests['length']>) {
  return length !== null && length >= min && length <= max;
}

/** @param wanted of a rules file: it bounds the depth, and the fields that are looked at */
function isEqual(wanted: unknown, value: unknown): boolean {
  if (wanted === value) return true;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((element, index) => isEqual(element, value[index]))
    );
  }
  if (!isRecord(wanted) || !isRecord(value)) return false;
  const fields = Object.entries(wanted);
  return (
    fields.length === Object.keys(value).length &&
    fields.every(([name, field]) => Object.hasOwn(value, name) && isEqual(field, value[name]))
  );
}

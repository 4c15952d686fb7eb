import { checkLength, compileReplacement } from '../conditions/regex.js';
import type { Transform } from '../file/action-schema.js';

type Change = (value: unknown) => unknown;

/** A function of texts or numbers; other values stay as they are, and so do results that JSON has no number for. */
export function compileTransform(transform: Transform): Change {
  if (typeof transform === 'string') return NAMED[transform];
  const { prefix, suffix, replace, truncate, add, multiply, at_least: least, at_most: most } = transform;
  if (prefix !== undefined) return ofText((text) => prefix + text);
  if (suffix !== undefined) return ofText((text) => text + suffix);
  if (truncate !== undefined) return ofText((text) => (text.length > truncate ? text.slice(0, truncate) : text));
  if (add !== undefined) return ofNumber((number) => number + add);
  if (multiply !== undefined) return ofNumber((number) => number * multiply);
  if (least !== undefined) return ofNumber((number) => Math.max(number, least));
  if (most !== undefined) return ofNumber((number) => Math.min(number, most));
  if (replace === undefined) return (value) => value;
  const { text: part, regex, with: replacement } = replace;
  if (regex !== undefined) return ofText(compileReplacement(regex, replacement));
  return ofText((text) => replacedParts(text, part ?? '', replacement));
}

const NAMED: Record<Extract<Transform, string>, Change> = {
  upper: ofText((text) => text.toUpperCase()),
  lower: ofText((text) => text.toLowerCase()),
  trim: ofText((text) => text.trim()),
  reverse: ofText((text) => [...text].reverse().join('')),
  round: ofNumber(Math.round),
  floor: ofNumber(Math.floor),
  ceil: ofNumber(Math.ceil),
  abs: ofNumber(Math.abs),
};

function ofText(change: (text: string) => string): Change {
  return (value) => (typeof value === 'string' ? change(value) : value);
}

function ofNumber(change: (number: number) => number): Change {
  return (value) => {
    if (typeof value !== 'number') return value;
    const changed = change(value);
    return Number.isFinite(changed) ? changed : value;
  };
}

function replacedParts(text: string, part: string, replacement: string): string {
  const pieces = text.split(part);
  checkLength(text.length + (pieces.length - 1) * replacement.length);
  return pieces.join(replacement);
}

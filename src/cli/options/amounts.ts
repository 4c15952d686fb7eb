import { UsageError } from '../../base/errors.js';

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES: Readonly<Record<string, number>> = { b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 };

/** `500ms`, `1.5s`, `2m`, `1h`, as ms. @throws UsageError naming the option */
export function parseDuration(option: string, text: string | undefined): number | undefined {
  return parseAmount(option, text, DURATIONS, 'a duration (500ms, 1.5s, 2m, 1h)');
}

/** `500`, `20kb`, `1.5MB`, as bytes. @throws UsageError naming the option */
export function parseSize(option: string, text: string | undefined): number | undefined {
  return parseAmount(
    option,
    text === undefined || /[a-z]$/i.test(text) ? text : `${text}b`,
    SIZES,
    'a size (500, 20kb, 1.5mb)',
  );
}

function parseAmount(
  option: string,
  text: string | undefined,
  units: Readonly<Record<string, number>>,
  what: string,
): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)([a-z]+)$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  throw new UsageError(`--${option}: "${text}" is not ${what}.`);
}

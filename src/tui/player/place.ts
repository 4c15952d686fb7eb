/** A place of a tape that a person has typed. A frame has its own number, `seq`. */
export type Place = { frame: number } | { ms: number } | { share: number };

/** Number, sexagesimal time, time with a unit, percent. */
const FORMS: readonly (readonly [form: RegExp, place: (parts: readonly string[]) => Place])[] = [
  [/^#?(\d{1,9})$/, ([frame]) => ({ frame: Number(frame) })],
  [/^(\d{1,3}(?:\.\d{1,3})?) ?%$/, ([percent]) => ({ share: Number(percent) / 100 })],
  [/^(\d{1,9}(?:\.\d{1,6})?) ?ms$/, ([ms]) => ({ ms: Number(ms) })],
  [/^(\d{1,9}(?:\.\d{1,6})?) ?s$/, ([s]) => ({ ms: Number(s) * 1_000 })],
  [/^(\d{1,9}(?:\.\d{1,6})?) ?m$/, ([m]) => ({ ms: Number(m) * 60_000 })],
  [
    /^(?:(\d{1,5}):)?(\d{1,5}):(\d{1,2}(?:\.\d{1,6})?)$/,
    ([h = '0', m, s]) => ({ ms: ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1_000 }),
  ],
];

/** `120`, `#120`, `1:23`, `1:02:03.5`, `83s`, `250ms`, `1.5m`, `50%`; null for anything else. */
export function parsePlace(text: string): Place | null {
  for (const [form, place] of FORMS) {
    const parts = form.exec(text.trim())?.slice(1);
    if (parts !== undefined) return place(parts);
  }
  return null;
}

/** `0:00.000`, `1:02:03.5`: a time on a tape. @param digits of the fraction of a second */
export function formatPlace(ms: number, digits: 0 | 1 | 3 = 3): string {
  const unit = 10 ** digits;
  const units = Math.floor((Math.max(0, ms) / 1_000) * unit + 1e-6);
  const whole = Math.floor(units / unit);
  const [h, m, s] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (value: number) => String(value).padStart(2, '0');
  const fraction = digits === 0 ? '' : `.${String(units % unit).padStart(digits, '0')}`;
  return `${h > 0 ? `${h}:${pad(m)}` : m}:${pad(s)}${fraction}`;
}

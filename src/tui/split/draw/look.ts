/**
 * How a cell looks, as SGR parameters for the terminal outside. Equal looks are one object, so they compare by
 * identity.
 */
export interface Look {
  /** Bold, underline and the like; empty for none. */
  readonly attributes: string;
  /** Empty for the terminal's own. */
  readonly foreground: string;
  readonly background: string;
  /** As in OSC 8: `id=…;target`; empty for no hyperlink. */
  readonly link: string;
}

export const PLAIN: Look = { attributes: '', foreground: '', background: '', link: '' };

/** A picture in 24-bit colours can have a look for each cell. Cells with a forgotten look are only drawn again. */
const MAX_KNOWN = 20_000;
let known = new Map<string, Look>([['|||', PLAIN]]);

export function lookOf(attributes: string, foreground: string, background: string, link: string): Look {
  const key = `${attributes}|${foreground}|${background}|${link}`;
  const look = known.get(key);
  if (look) return look;
  if (known.size >= MAX_KNOWN) known = new Map([['|||', PLAIN]]);
  const added = { attributes, foreground, background, link };
  known.set(key, added);
  return added;
}

/** @param from null when it is unknown */
export function changeLook(from: Look | null, to: Look): string {
  if (from === to) return '';
  return changeStyle(from, to) + (from?.link === to.link ? '' : hyperlink(from, to));
}

function changeStyle(from: Look | null, to: Look): string {
  const isAdded = from !== null && (from.attributes === to.attributes || from.attributes === '');
  const colours = isAdded
    ? [changed(from.foreground, to.foreground, '39'), changed(from.background, to.background, '49')]
    : [to.foreground, to.background];
  const attributes = isAdded && from.attributes === to.attributes ? '' : to.attributes;
  const params = [attributes, ...colours].filter((param) => param !== '');
  if (isAdded) return params.length === 0 ? '' : shorter(`\x1b[${params.join(';')}m`, to);
  return `\x1b[${['0', ...params].join(';')}m`;
}

function shorter(sequence: string, to: Look): string {
  return to.attributes === '' && to.foreground === '' && to.background === '' ? '\x1b[m' : sequence;
}

function changed(from: string, to: string, byDefault: string): string {
  if (from === to) return '';
  return to === '' ? byDefault : to;
}

function hyperlink(from: Look | null, { link }: Look): string {
  if (link === '') return from === null ? '' : '\x1b]8;;\x1b\\';
  return `\x1b]8;${link}\x1b\\`;
}

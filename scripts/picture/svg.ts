import type { Frame } from './frame.js';
import type { Palette } from './palette.js';
import { CELL, escapeXml, round, rowMarkup } from './row.js';

/** A frame, and how long it is shown. */
export interface Step {
  frame: Frame;
  seconds: number;
  /** What is seen, or which key was pressed: stands in the title of the window. */
  caption: string;
}

export interface PictureOptions {
  palette: Palette;
  /** The step that is shown where nothing moves. */
  still: number;
  /** What the picture shows, for whoever cannot see it. */
  description: string;
}

const PADDING = 14;
const TITLE_HEIGHT = 38;
const RADIUS = 10;
const FONTS = `ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace`;
const TITLE_FONTS = `-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif`;

/**
 * Frames of a terminal as one SVG that shows them one after the other, in a window. What stays the same from one to the next is
 * drawn once. It needs no script and no font of its own, so it also moves inside an <img>.
 */
export function pictureOf(steps: readonly Step[], { palette, still, description }: PictureOptions): string {
  const columns = steps[0]?.frame.columns ?? 0;
  const height = steps[0]?.frame.rows.length ?? 0;
  const size = {
    width: round(columns * CELL.width + 2 * PADDING),
    height: round(height * CELL.height + TITLE_HEIGHT + PADDING),
  };
  const colours = new Map<string, string>();
  const classOf = (colour: string): string => {
    const known = colours.get(colour) ?? `c${colours.size}`;
    colours.set(colour, known);
    return known;
  };
  const timeline = createTimeline(
    steps.map(({ seconds }) => seconds),
    still,
  );
  const parts: string[] = [];
  const put = (place: string, markups: readonly string[]): void => {
    for (const [markup, shown] of occurrences(markups)) {
      if (markup !== '') parts.push(`<g ${place}${timeline.classOf(shown)}>${markup}</g>`);
    }
  };
  for (let y = 0; y < height; y += 1) {
    const place = `transform="translate(${PADDING} ${round(TITLE_HEIGHT + y * CELL.height + CELL.baseline)})"`;
    put(
      place,
      steps.map(({ frame }) => rowMarkup(frame.rows[y] ?? [], classOf) + cursorMarkup(frame, y, classOf, palette)),
    );
  }
  const middle = round((columns * CELL.width) / 2 + PADDING);
  put(
    `transform="translate(${middle} 24)"`,
    steps.map(({ caption }) => `<text class="t">${escapeXml(caption)}</text>`),
  );
  const dots = [0, 1, 2].map((index) => `<circle cx="${20 + 20 * index}" cy="19" r="6" class="e"/>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">`,
    `<title>${escapeXml(description)}</title>`,
    `<style>${styleOf(palette, colours)}${timeline.style()}</style>`,
    `<rect x=".5" y=".5" width="${round(Number(size.width) - 1)}" height="${round(Number(size.height) - 1)}" rx="${RADIUS}" class="w"/>`,
    ...dots,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function styleOf(palette: Palette, colours: ReadonlyMap<string, string>): string {
  return [
    `text{font:${CELL.font}px ${FONTS};white-space:pre}`,
    '.b{font-weight:700}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}',
    `.w{fill:${palette.background};stroke:${palette.edge}}.e{fill:${palette.edge}}`,
    `.t{font:600 13px ${TITLE_FONTS};fill:${palette.title};text-anchor:middle}`,
    ...[...colours].map(([colour, name]) => `.${name}{fill:${colour}}`),
  ].join('');
}

function cursorMarkup({ cursor }: Frame, y: number, classOf: (colour: string) => string, palette: Palette): string {
  if (cursor?.y !== y) return '';
  const place = `x="${round(cursor.x * CELL.width)}" y="${round(1 - CELL.baseline)}" width="${CELL.width}" height="${CELL.height - 2}"`;
  return `<rect ${place} class="${classOf(palette.text)}" opacity=".7"/>`;
}

/** Each distinct piece with the steps in which it is there. */
function occurrences(markups: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [step, markup] of markups.entries()) found.set(markup, [...(found.get(markup) ?? []), step]);
  return found;
}

/** CSS that shows each part in its steps only. */
function createTimeline(seconds: readonly number[], still: number) {
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const names = new Map<string, { name: string; shown: readonly number[] }>();

  function startOf(step: number): string {
    const start = seconds.slice(0, step).reduce((sum, each) => sum + each, 0);
    return round((1000 * start) / total / 10);
  }

  function keyframes(shown: readonly number[]): string {
    const set = new Set(shown);
    return seconds
      .map((_, step) => ({ step, visible: set.has(step) }))
      .filter(({ step, visible }) => step === 0 || visible !== set.has(step - 1))
      .map(({ step, visible }) => `${startOf(step)}%{visibility:${visible ? 'visible' : 'hidden'}}`)
      .join('');
  }

  return {
    /** As an attribute; empty for what is always there. */
    classOf(shown: readonly number[]): string {
      if (shown.length === seconds.length) return '';
      const key = shown.join(' ');
      const known = names.get(key) ?? { name: `s${names.size}`, shown };
      names.set(key, known);
      return ` class="${known.name}"`;
    },
    style(): string {
      const all = [...names.values()];
      const unseen = all.filter(({ shown }) => !shown.includes(still)).map(({ name }) => `.${name}`);
      const moving = all.map(
        ({ name, shown }) =>
          `.${name}{animation:${name} ${total}s step-end infinite}@keyframes ${name}{${keyframes(shown)}}`,
      );
      return [
        unseen.length > 0 ? `${unseen.join(',')}{visibility:hidden}` : '',
        moving.length > 0 ? `@media (prefers-reduced-motion:no-preference){${moving.join('')}}` : '',
      ].join('');
    },
  };
}

import { cutLine, fragment, type Line } from '../../../text/line.js';
import type { Tone } from '../../../text/style.js';
import { printable, printableLine } from '../../../text/text.js';
import { wrap } from '../../../text/wrap.js';
import type { SegmentFilter } from '../state/state.js';

/** A line of a text that scrolls. */
export type TextLine = Line & {
  /** A source, whose text Enter shows. */
  readonly only?: SegmentFilter;
};

/** A part of such a text. Its lines depend on the width. */
export type Block = (width: number) => TextLine[];

export function linkedLine(line: Line, only: SegmentFilter): TextLine {
  return Object.assign([...line], { only });
}

/** A text that scrolls, laid out for a width. */
export interface LaidOut {
  lines: readonly TextLine[];
  /** Where the blocks begin. */
  starts: readonly number[];
}

export function layOut(blocks: readonly Block[], width: number): LaidOut {
  const lines: TextLine[] = [];
  const starts: number[] = [];
  for (const block of blocks) {
    starts.push(lines.length);
    for (const line of block(width)) lines.push(line);
  }
  return { lines, starts };
}

/** Captured text, wrapped. */
export function textBlock(text: string, tone?: Tone): Block {
  return (width) => wrap(printable(text.trimEnd()), width).map((line) => [fragment(line, tone)]);
}

export function lineBlock(...lines: Line[]): Block {
  return (width) => lines.map((line) => cutLine(line, width));
}

/** A heading, the blocks, and a blank line. */
export function headedBlock(heading: Line, ...blocks: Block[]): Block {
  return (width) => [cutLine(heading, width), ...blocks.flatMap((block) => block(width)), []];
}

/** In a narrower column, values would be broken after every word or two. */
const MIN_VALUE_WIDTH = 28;

/**
 * Names and values in two columns, or below each other in a narrow panel. Long values are wrapped; fields without a
 * value are left out.
 */
export function fieldsBlock(fields: readonly (readonly [name: string, value: string | null])[]): Block {
  const given = fields.flatMap(([name, value]): [string, string][] =>
    value === null || value === '' ? [] : [[printableLine(name), printableLine(value)]],
  );
  const nameWidth = Math.max(0, ...given.map(([name]) => name.length));
  return (width) => {
    if (width - nameWidth - 2 >= MIN_VALUE_WIDTH) {
      return given.flatMap(([name, value]) =>
        wrap(value, width - nameWidth - 2).map(
          (line, index): Line => [fragment(`${(index === 0 ? name : '').padEnd(nameWidth)}  `, 'dim'), fragment(line)],
        ),
      );
    }
    return given.flatMap(([name, value]): Line[] => [
      ...wrap(name, width).map((line) => [fragment(line, 'dim')]),
      ...wrap(value, Math.max(8, width - 2)).map((line) => [fragment('  '), fragment(line)]),
    ]);
  };
}

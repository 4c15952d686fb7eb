import type { Size } from '../../split/layout.js';
import type { Area } from '../area.js';
import type { Choices } from '../hooks/choices.js';
import type { Choice } from '../state/choice.js';
import type { Cursor } from '../state/cursor.js';
import { tableArea } from './table.js';

/** The rows that a prompt offers. */
export function choicesArea({ headings, cut, rows, empty }: Choices, cursor: Cursor, size: Size): Area {
  const [name, ...figures] = headings;
  const widthOf = (index: number) =>
    Math.max(headings[index + 1]?.length ?? 0, ...rows.map((row) => row.figures[index]?.length ?? 0));
  const toneOf = ({ tone }: Choice) => tone;
  const columns = [
    { heading: name, width: 12, grow: true, cut, cell: (row: Choice) => row.name, tone: toneOf },
    ...figures.map((heading, index) => ({
      heading,
      width: widthOf(index),
      align: 'right' as const,
      cell: (row: Choice) => row.figures[index] ?? '',
      tone: toneOf,
    })),
  ];
  return tableArea({ columns, rowAt: (index) => rows[index] ?? null, count: rows.length, cursor, empty }, size);
}

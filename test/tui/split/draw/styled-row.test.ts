import { ansiCodesToString, styledCharsFromTokens, tokenize } from '@alcalzone/ansi-tokenize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrid, type Grid } from '../../../../src/tui/split/draw/grid.js';
import { createRowPainter } from '../../../../src/tui/split/draw/styled-row.js';
import { plain } from '../../../../src/tui/split/emulator/passed-on.js';
import type { TerminalKind } from '../../../../src/tui/split/outside/terminal-kind.js';

const KIND: TerminalKind = { depth: 'rgb', repertoire: 'unicode', isXtermLike: true };
const WIDTH = 400;
/** Is not shown, and keeps a character from combining with the end of a sequence. */
const APART = '\x07';

function painted(row: string): Grid {
  const grid = createGrid({ width: WIDTH, height: 1 });
  createRowPainter(KIND).paint(grid, 0, 0, WIDTH, row);
  return grid;
}

/** The library takes the row apart, and each character is painted by itself. */
function paintedByCharacter(row: string): Grid {
  const grid = createGrid({ width: WIDTH, height: 1 });
  const painter = createRowPainter(KIND);
  let x = 0;
  for (const { value, fullWidth, styles } of styledCharsFromTokens(tokenize(row))) {
    if (plain(value) === '') continue;
    painter.paint(grid, x, 0, WIDTH - x, `${ansiCodesToString(styles)}${APART}${value}`);
    x += fullWidth ? 2 : 1;
  }
  return grid;
}

const PARTS = [
  ...[
    'a',
    ' ',
    'request 12',
    '[31m',
    ';',
    'm',
    '漢字',
    'é',
    'e\u0301',
    '\u0301',
    '👩‍👩‍👧‍👦',
    '🇩🇪',
    '❤\uFE0F',
    '…',
    '─',
    '\u0600',
    '\u200d',
    '한',
  ],
  ...[
    '\x1b[1m',
    '\x1b[2m',
    '\x1b[22m',
    '\x1b[31m',
    '\x1b[38;2;1;2;3;1m',
    '\x1b[48;5;9m',
    '\x1b[0m',
    '\x1b[39m',
    '\x1b[m',
    '\x9b[32m',
  ],
  ...[
    '\x1b]8;;https://example.com\x07',
    '\x1b]8;;\x07',
    '\x1b]8;',
    '\x1b[',
    '\x1b',
    '\x9b',
    '\x07',
    '\r\n',
    '\x00',
    '\x7f',
    '\x85',
  ],
];

describe('a painted row', () => {
  it('has the same cells and looks, whatever its characters and sequences are and wherever they meet', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PARTS), { maxLength: 25 }), (parts) => {
        const row = parts.join('');
        expect(painted(row)).toEqual(paintedByCharacter(row));
      }),
      { numRuns: 500 },
    );
  });
});

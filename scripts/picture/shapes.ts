/** A rectangle in parts of a cell, 0 to 1 from its upper left corner. */
export interface Shape {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Quadrants of U+2596 to U+259F: upper left, upper right, lower left, lower right. */
const QUADRANTS: Readonly<Record<string, string>> = {
  '▖': '0010',
  '▗': '0001',
  '▘': '1000',
  '▙': '1011',
  '▚': '1001',
  '▛': '1110',
  '▜': '1101',
  '▝': '0100',
  '▞': '0110',
  '▟': '0111',
};

/** Parts of a line's width: light and heavy. */
const LIGHT = 0.1;
const HEAVY = 0.2;

/**
 * Characters that must meet those beside and below them, which no font does at every size: blocks (U+2580 to U+259F) and the
 * straight lines. Null for what is text.
 */
export function shapesOf(character: string): Shape[] | null {
  const code = character.codePointAt(0) ?? 0;
  if (character === '▀') return [{ x: 0, y: 0, width: 1, height: 0.5 }];
  if (character === '▐') return [{ x: 0.5, y: 0, width: 0.5, height: 1 }];
  if (character === '▔') return [{ x: 0, y: 0, width: 1, height: 0.125 }];
  if (character === '▕') return [{ x: 0.875, y: 0, width: 0.125, height: 1 }];
  if (code >= 0x2581 && code <= 0x2588) {
    const height = (code - 0x2580) / 8;
    return [{ x: 0, y: 1 - height, width: 1, height }];
  }
  if (code >= 0x2589 && code <= 0x258f) return [{ x: 0, y: 0, width: (0x2590 - code) / 8, height: 1 }];
  const quadrants = QUADRANTS[character];
  if (quadrants !== undefined) return quadrantShapes(quadrants);
  switch (character) {
    case '─':
      return [{ x: 0, y: 0.5 - LIGHT / 4, width: 1, height: LIGHT / 2 }];
    case '━':
      return [{ x: 0, y: 0.5 - HEAVY / 4, width: 1, height: HEAVY / 2 }];
    case '│':
      return [{ x: 0.5 - LIGHT / 2, y: 0, width: LIGHT, height: 1 }];
    // Few fonts have it.
    case '⎿':
      return [
        { x: 0.15, y: 0, width: LIGHT, height: 0.7 },
        { x: 0.15, y: 0.7 - LIGHT / 2, width: 0.7, height: LIGHT / 2 },
      ];
    // Many systems would draw a coloured picture.
    case '⏸':
      return [0.15, 0.6].map((x) => ({ x, y: 0.25, width: 0.25, height: 0.5 }));
    case '┃':
      return [{ x: 0.5 - HEAVY / 2, y: 0, width: HEAVY, height: 1 }];
    default:
      return null;
  }
}

function quadrantShapes(quadrants: string): Shape[] {
  const [upperLeft, upperRight, lowerLeft, lowerRight] = [...quadrants].map((each) => each === '1');
  return [...half(0, upperLeft ?? false, upperRight ?? false), ...half(0.5, lowerLeft ?? false, lowerRight ?? false)];
}

function half(y: number, left: boolean, right: boolean): Shape[] {
  if (!left && !right) return [];
  return [{ x: left ? 0 : 0.5, y, width: left && right ? 1 : 0.5, height: 0.5 }];
}

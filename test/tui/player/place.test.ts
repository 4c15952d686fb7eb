import { expect, it } from 'vitest';
import { formatPlace, parsePlace } from '../../../src/tui/player/place.js';

it.each([
  ['120', { frame: 120 }],
  [' #7 ', { frame: 7 }],
  ['1:23', { ms: 83_000 }],
  ['1:02:03.5', { ms: 3_723_500 }],
  ['83s', { ms: 83_000 }],
  ['0.25 s', { ms: 250 }],
  ['250ms', { ms: 250 }],
  ['1.5m', { ms: 90_000 }],
  ['50%', { share: 0.5 }],
  ['12.5 %', { share: 0.125 }],
  ['', null],
  ['-1', null],
  ['soon', null],
  ['1e9', null],
  ['9'.repeat(40), null],
])('reads %j as a place: %j', (text, place) => expect(parsePlace(text)).toEqual(place));

it.each([
  [0, 3, '0:00.000'],
  [411.75, 3, '0:00.411'],
  [83_400, 1, '1:23.4'],
  [3_723_500, 0, '1:02:03'],
  [59_999.96, 1, '0:59.9'],
] as const)('writes %d ms with %d digits as %s', (ms, digits, text) => expect(formatPlace(ms, digits)).toBe(text));

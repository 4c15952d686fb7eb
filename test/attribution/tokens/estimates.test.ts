import fc from 'fast-check';
import { getEncoding } from 'js-tiktoken';
import { describe, expect, test } from 'vitest';
import { estimateText, estimateTokens } from '../../../src/attribution/tokens/estimate-tokens.js';
import { imageSize, imageTokens } from '../../../src/attribution/tokens/media-tokens.js';

const reference = getEncoding('cl100k_base');

test('text counts as js-tiktoken counts it', () => {
  const word = fc.constantFrom(
    'const',
    'zoft',
    "don't",
    '漢字',
    '🪲',
    '12345',
    '\n\n',
    '   ',
    '=>{}',
    '<|endoftext|>',
    'Ünder',
  );
  const text = fc.array(fc.oneof(word, fc.string({ unit: 'grapheme', maxLength: 10 })), { maxLength: 20 });
  fc.assert(
    fc.property(text, (parts) => {
      const whole = parts.join('');
      expect(estimateTokens(whole)).toBe(reference.encode(whole, [], []).length);
    }),
  );
});

// js-tiktoken itself would run for minutes on the first two: the test's time limit is the assertion.
describe('a megabyte without a break is counted', () => {
  test.each([
    ['CJK', '漢字仮名交文書類'.repeat(45_000), 360_000],
    ['spaces', ' '.repeat(1_000_000), 3_000],
    ['one letter', 'a'.repeat(1_000_000), 100_000],
  ])('%s', (_, text, atLeast) => expect(estimateTokens(text)).toBeGreaterThan(atLeast));
});

describe('dense runs', () => {
  const key = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * index * 7_919) % 251)).toString(
    'base64',
  );
  test('most of base64 is one', () => {
    const { tokens, dense } = estimateText(key);
    expect(dense / tokens).toBeGreaterThan(0.5);
  });
  test.each([
    'cat /home/ada/work/claude-trace-experiments/long-names-of-folders/src/index.ts',
    `https://example.com/${'a-long-name-of-a-page/'.repeat(10)}`,
  ])('a path or URL is none: %s', (text) => expect(estimateText(text).dense).toBe(0));
});

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const PNG = bytes('89504e470d0a1a0a0000000d494844520000012c00000096');

describe('the size of an image is read from its header', () => {
  test.each([
    ['PNG', PNG],
    ['GIF', bytes('4749463839612c019600')],
    ['JPEG', bytes('ffd8ffe000040000ffc000110800960' + '12c0000')],
    ['WebP, lossy', bytes(`52494646000000005745425056503820${'00'.repeat(10)}2c019600`)],
    ['WebP, lossless', bytes(`5249464600000000574542505650384c000000002f2b412500${'00'.repeat(5)}`)],
    ['WebP, extended', bytes(`5249464600000000574542505650385800000000000000002b0100950000`)],
  ])('%s', (_, header) => expect(imageSize(header)).toEqual({ width: 300, height: 150 }));
});

describe('the tokens of an image', () => {
  const block = (data: Buffer) => ({ source: { type: 'base64', data: data.toString('base64') } });
  test('are width x height / 750', () => expect(imageTokens(block(PNG))).toBe(60));
  test('have a default where no size can be read', () =>
    expect(imageTokens({ source: { type: 'url', url: 'x' } })).toBe(1600));
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closingAnswer } from '../../src/proxy/closing-answer.js';

function passed(chunks: readonly Buffer[]): string {
  const { bytes, rest } = closingAnswer();
  return Buffer.concat([...chunks.map(bytes), rest()]).toString('latin1');
}

const whole = (text: string) => passed([Buffer.from(text, 'latin1')]);

describe('closingAnswer', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody', 'HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\nbody'],
    ['HTTP/1.1 200 OK\n\nbody', 'HTTP/1.1 200 OK\nConnection: close\n\nbody'],
    [
      'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nA: \xff\r\nKeep-Alive: timeout=5\r\n\r\n',
      'HTTP/1.1 200 OK\r\nA: \xff\r\nConnection: close\r\n\r\n',
    ],
    [
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    ],
  ])('%j becomes %j', (answer, expected) => {
    expect(whole(answer)).toBe(expected);
  });

  it.each([
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.0 200 OK\r\nConnection: foo, Close\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n\x81\x05hello',
    'no HTTP\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: cut',
    `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    '',
  ])('%j stays as it is', (answer) => {
    expect(whole(answer)).toBe(answer);
  });

  it('gives the same wherever the bytes are cut', () => {
    const answer = fc.constantFrom(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\ndata: 1\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\n\nHTTP/1.1 200 OK\r\n\r\nbody',
      'HTTP/1 no',
    );
    fc.assert(
      fc.property(answer, fc.array(fc.nat({ max: 90 }), { maxLength: 5 }), (text, places) => {
        const bytes = Buffer.from(text);
        const ends = [...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b);
        expect(passed(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)))).toBe(whole(text));
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { customHeaders } from '../../src/settings/custom-headers.js';

it('custom headers are read line by line, from all places, except those that are not secrets', () => {
  const settings = 'X-Company-Pass: one:two\r\nanthropic-beta: some-beta\n\nno header\nX-Empty:\n: no name';
  expect(customHeaders([settings, undefined, 'X-Team : red'])).toEqual([
    ['X-Company-Pass', 'one:two'],
    ['X-Team', 'red'],
  ]);
});

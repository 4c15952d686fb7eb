import { describe, expect, it } from 'vitest';
import { csvLine } from '../../../src/text/reports/csv.js';

describe('csvLine', () => {
  it('quotes what RFC 4180 asks to be quoted, and ends with CRLF', () => {
    expect(csvLine(['plain', 'a,b', 'say "hi"', 'two\nlines', ''])).toBe('plain,"a,b","say ""hi""","two\nlines",\r\n');
  });

  it('writes figures as they are, and null as nothing', () => {
    expect(csvLine([1, -2.5, true, null])).toBe('1,-2.5,true,\r\n');
  });

  it('contains no control characters', () => {
    expect(csvLine(['\u001b[2J', 'a\u0007'])).toBe('�[2J,a�\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('keeps a spreadsheet from running %j', (text) => {
    expect(csvLine([text])).toBe(`'${text}\r\n`);
  });
});

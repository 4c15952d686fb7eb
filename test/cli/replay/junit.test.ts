import { expect, it } from 'vitest';
import { describeCompared, describeComparison } from '../../../src/cli/replay/describe-comparison.js';
import { junitOf } from '../../../src/cli/replay/junit.js';
import type { ComparedRequest } from '../../../src/mcp/replay/client/compare-session.js';

const request = (more: Partial<ComparedRequest>): ComparedRequest => ({
  method: 'tools/call',
  name: 'find',
  seq: 3,
  outcome: 'same',
  differences: [],
  problem: null,
  recordedMs: 20,
  ms: 12,
  ...more,
});
const long = 'x'.repeat(200);
const REQUESTS = [
  request({}),
  request({
    outcome: 'different',
    differences: [{ path: '$.result', recorded: `${long}a\u0000]]>`, found: `${long}b<&"\ud800` }],
  }),
  request({ outcome: 'unanswered', problem: 'the server has ended', ms: null, name: '<x>\u001b[31m' }),
];

it('a JUnit report has a case for each request, and is XML whatever the values are', () => {
  const xml = junitOf('a "b" & c', REQUESTS, ['roots/list']);
  expect(xml).toContain('<testsuite name="a &quot;b&quot; &amp; c" tests="4" failures="2" errors="1" time="0.024">');
  expect(xml).toContain('<testcase classname="tools/call" name="tools/call find (frame 3)" time="0.012"/>');
  expect(xml).toContain('<failure message="the answer differs at $.result">');
  expect(xml).toContain('<error message="the server has ended"/>');
  expect(xml).toContain('name="tools/call &lt;x&gt;\ufffd[31m (frame 3)"');
  // Control characters, half characters and bare markup are not allowed in XML 1.0.
  expect(xml).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
  expect(xml.replace(/<\/?[a-z]+(?: [a-z]+="[^"<&]*(?:&[a-z#0-9]+;[^"<&]*)*")*\/?>|<\?xml[^>]*>/g, '')).not.toMatch(
    /[<>]/,
  );
});

it('differences are shown from where they begin, without control characters', () => {
  const lines = REQUESTS.flatMap(describeCompared);
  expect(lines[0]).toBe('same       tools/call find  12 ms (recorded 20 ms)');
  expect(lines[1]).toMatch(/^DIFFERENT/);
  expect(lines[2]).toBe('    $.result');
  expect(lines[3]).toBe(`      recorded …${'x'.repeat(30)}a\\u0000]]>"`);
  expect(lines.join('')).not.toContain('\u001b');
  expect(describeComparison(REQUESTS, ['roots/list'])).toEqual([
    'The server sent requests that are not in the recording: roots/list.',
    '3 answers compared: 1 the same, 1 different, 1 without an answer.',
  ]);
});

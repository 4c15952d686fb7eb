import { expect, it, onTestFinished } from 'vitest';
import { type ComparedTape, describeTapes, jsonOf } from '../../../src/cli/replay/describe-comparison.js';
import { junitOf } from '../../../src/cli/replay/junit.js';
import type { ComparedRequest } from '../../../src/mcp/replay/client/compare-session.js';
import { ComparedResults } from '../../../src/mcp/replay/client/compared-results.js';
import type { ComparedNotification } from '../../../src/mcp/replay/client/notifications.js';
import { tapeHead } from '../../mcp/support/tapes.js';

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
    ...{ outcome: 'different', seq: 4 },
    differences: [{ path: '$.result', recorded: `${long}a\u0000]]>`, found: `${long}b<&"\ud800` }],
  }),
  request({ outcome: 'unanswered', seq: 5, problem: 'the server has ended', ms: null, name: '<x>\u001b[31m' }),
];

const missing: ComparedNotification = {
  ...{ method: 'notifications/message', seq: 7, outcome: 'missing', differences: [] },
  params: { data: '\u001b[31m<&' },
};

function compared(...requests: readonly ComparedRequest[]): ComparedTape {
  const results = new ComparedResults();
  onTestFinished(() => results.close());
  // Answers may come in another order than requests.
  for (const request of [...requests].reverse()) results.addRequest(request);
  for (const outcome of ['same', 'missing'] as const) results.addNotification({ ...missing, outcome });
  results.unexpected = ['roots/list'];
  return { head: tapeHead({ server: { name: 'a "b" & c', transport: 'stdio', command: 'x', url: null } }), results };
}

it('a JUnit report has a case for each request, and is XML whatever the values are', () => {
  const xml = [...junitOf([compared(...REQUESTS)])].join('');
  expect(xml).toContain('<testsuite name="a &quot;b&quot; &amp; c" tests="6" failures="3" errors="1" time="0.024">');
  expect(xml).toContain('<testcase classname="tools/call" name="tools/call find (frame 3)" time="0.012"/>');
  expect(xml).toContain('<failure message="the answer differs at $.result">');
  expect(xml).toContain('<error message="the server has ended"/>');
  expect(xml).toContain('name="tools/call &lt;x&gt;\ufffd[31m (frame 5)"');
  expect(xml).toContain('<testcase classname="notifications" name="1 the same"/>');
  expect(xml).toContain('name="notifications/message (frame 7)"><failure message="the notification is missing">');
  // Control characters, half characters and bare markup are not allowed in XML 1.0.
  expect(xml).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
  expect(xml.replace(/<\/?[a-z]+(?: [a-z]+="[^"<&]*(?:&[a-z#0-9]+;[^"<&]*)*")*\/?>|<\?xml[^>]*>/g, '')).not.toMatch(
    /[<>]/,
  );
});

it('a JUnit report has a suite for each connection', () => {
  const xml = [...junitOf([compared(request({})), compared()])].join('');
  expect(xml.match(/<testsuites? name="[^"]*" tests="\d" failures="\d"/g)).toEqual([
    '<testsuites name="claude-trace replay" tests="7" failures="4"',
    '<testsuite name="a &quot;b&quot; &amp; c (connection 1)" tests="4" failures="2"',
    '<testsuite name="a &quot;b&quot; &amp; c (connection 2)" tests="3" failures="2"',
  ]);
});

it('differences are shown from where they begin, in recorded order, without control characters', () => {
  const lines = [...describeTapes([compared(...REQUESTS)])].join('').split('\n');
  expect(lines[0]).toBe('same       tools/call find  12 ms (recorded 20 ms)');
  expect(lines[1]).toMatch(/^DIFFERENT/);
  expect(lines[2]).toBe('    $.result');
  expect(lines[3]).toBe(`      recorded …${'x'.repeat(30)}a\\u0000]]>"`);
  expect(lines.join('')).not.toContain('\u001b');
  expect(lines.slice(-6)).toEqual([
    'MISSING    notifications/message  frame 7',
    '    {"data":"\\u001b[31m<&"}',
    'The server sent requests that are not in the recording: roots/list.',
    '2 notifications compared: 1 the same, 1 missing.',
    '3 answers compared: 1 the same, 1 different, 1 without an answer.',
    '',
  ]);
});

it('long names are cut in texts and reports', () => {
  const tapes = [compared(request({ name: 'x'.repeat(10_000_000) }))];
  tapes[0]?.results.addNotification({ ...missing, method: `notifications/${'x'.repeat(100_000)}` });
  expect([...describeTapes(tapes)].join('').length).toBeLessThan(2_000);
  expect([...junitOf(tapes)].join('').length).toBeLessThan(3_000);
});

it('the JSON document keeps the names in answers, and has all connections', () => {
  const odd = request({ outcome: 'different', differences: [{ path: '$', recorded: { isError: true }, found: 1 }] });
  const json = JSON.parse([...jsonOf([compared(odd), compared()])].join(''));
  expect(json).toMatchObject({
    server: 'a "b" & c',
    same: false,
    connections: [
      {
        same: false,
        requests: [{ outcome: 'different', recorded_ms: 20, ms: 12, differences: [{ recorded: { isError: true } }] }],
        same_notifications: 1,
        notifications: [{ method: 'notifications/message', outcome: 'missing', seq: 7 }],
        unexpected: ['roots/list'],
      },
      { requests: [] },
    ],
  });
});

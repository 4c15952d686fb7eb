import type { ComparedRequest } from '../../mcp/replay/client/compare-session.js';
import { describeDifferences, titleOf } from './describe-comparison.js';

/** A JUnit XML report, as CI systems read it: a test case for each request. */
export function junitOf(server: string, requests: readonly ComparedRequest[], unexpected: readonly string[]): string {
  const cases = [
    ...requests.map(caseOf),
    ...unexpected.map((method) =>
      element('testcase', { classname: 'requests of the server', name: method }, failure(method)),
    ),
  ];
  const failures = requests.filter(({ outcome }) => outcome === 'different').length + unexpected.length;
  const errors = requests.filter(({ outcome }) => outcome === 'unanswered').length;
  const time = seconds(requests.reduce((sum, { ms }) => sum + (ms ?? 0), 0));
  const counts = { tests: cases.length, failures, errors, time };
  const suite = element('testsuite', { name: server, ...counts }, `\n${cases.join('\n')}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'claude-trace replay', ...counts }, `\n${suite}\n`)}\n`;
}

function caseOf(request: ComparedRequest): string {
  const { method, seq, ms, outcome, differences, problem } = request;
  const attributes = { classname: method, name: `${titleOf(request)} (frame ${seq})`, time: seconds(ms ?? 0) };
  if (outcome === 'same') return element('testcase', attributes, '');
  if (outcome === 'unanswered')
    return element('testcase', attributes, element('error', { message: problem ?? '' }, ''));
  const [first] = differences;
  const message = `the answer differs at ${first?.path ?? '$'}`;
  const lines = describeDifferences(differences).join('\n');
  return element('testcase', attributes, element('failure', { message }, escaped(lines)));
}

function failure(method: string): string {
  return element('failure', { message: `the server sent ${method}, a request that is not in the recording` }, '');
}

/** @param content escaped */
function element(name: string, attributes: Readonly<Record<string, string | number>>, content: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 does not allow, escaped or not, becomes U+FFFD. Line ends and tabs stay lines and tabs in attributes, too. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

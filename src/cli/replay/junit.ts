import { closeSync, openSync, writeSync } from 'node:fs';
import { describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import type { ComparedRequest } from '../../mcp/replay/client/compare-session.js';
import type { ComparedNotification } from '../../mcp/replay/client/notifications.js';
import { printableLine } from '../../text/text.js';
import { type ComparedTape, describeDifferences, describeNotification, titleOf } from './describe-comparison.js';

/** A report that is open before anything is compared: a comparison that cannot be reported is not begun. */
export interface JunitFile {
  /** @throws UserError when the file cannot be written */
  write(tapes: readonly ComparedTape[]): void;
  close(): void;
}

/** @throws UserError when the file cannot be written */
export function openJunit(path: string): JunitFile {
  const refuse = (error: unknown) =>
    new UserError(`--junit: the report cannot be written to ${printableLine(path)}: ${describeError(error)}.`, {
      cause: error,
    });
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw refuse(error);
  }
  return {
    write(tapes) {
      try {
        for (const piece of junitOf(tapes)) writeSync(file, piece);
      } catch (error) {
        throw refuse(error);
      }
    },
    close: () => closeSync(file),
  };
}

/**
 * A JUnit XML report in pieces, as CI systems read it: a suite for each connection, with a test case for each request, for each
 * notification that is not the same, and one for those that are.
 */
export function* junitOf(tapes: readonly ComparedTape[]): Generator<string> {
  const all = tapes.map(({ results }) => countsOf(results));
  const sum = (name: 'tests' | 'failures' | 'errors' | 'ms') => all.reduce((total, each) => total + each[name], 0);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  const total = { tests: sum('tests'), failures: sum('failures'), errors: sum('errors'), time: seconds(sum('ms')) };
  yield start('testsuites', { name: 'claude-trace replay', ...total });
  for (const [index, { head, results }] of tapes.entries()) {
    const { ms, ...counts } = countsOf(results);
    const name = tapes.length === 1 ? head.server.name : `${head.server.name} (connection ${index + 1})`;
    yield `\n${start('testsuite', { name, ...counts, time: seconds(ms) })}\n`;
    for (const request of results.requests) yield `${caseOf(request)}\n`;
    const { same } = results.notificationCounts;
    if (same > 0) yield `${element('testcase', { classname: 'notifications', name: `${same} the same` }, '')}\n`;
    for (const notification of results.notifications) yield `${notificationCase(notification)}\n`;
    for (const method of results.unexpected) {
      yield `${element('testcase', { classname: 'requests of the server', name: titleOf({ method, name: null }) }, failure(method))}\n`;
    }
    yield '</testsuite>';
  }
  yield '\n</testsuites>\n';
}

function countsOf(results: ComparedTape['results']) {
  const { requests, notifications, requestCounts, notificationCounts, unexpected, ms } = results;
  return {
    tests: requests.count + notifications.count + (notificationCounts.same > 0 ? 1 : 0) + unexpected.length,
    failures: requestCounts.different + notifications.count + unexpected.length,
    errors: requestCounts.unanswered,
    ms,
  };
}

function notificationCase(notification: ComparedNotification): string {
  const { method, seq, outcome } = notification;
  const title = titleOf({ method, name: null });
  const name = seq === null ? title : `${title} (frame ${seq})`;
  const message = outcome === 'different' ? 'the notification differs' : `the notification is ${outcome}`;
  const lines = describeNotification(notification).slice(1).join('\n');
  return element('testcase', { classname: 'notifications', name }, element('failure', { message }, escaped(lines)));
}

function caseOf(request: ComparedRequest): string {
  const { method, seq, ms, outcome, differences, problem } = request;
  const attributes = {
    classname: titleOf({ method, name: null }),
    name: `${titleOf(request)} (frame ${seq})`,
    time: seconds(ms ?? 0),
  };
  if (outcome === 'same') return element('testcase', attributes, '');
  if (outcome === 'unanswered')
    return element('testcase', attributes, element('error', { message: problem ?? '' }, ''));
  const [first] = differences;
  const message = `the answer differs at ${first?.path ?? '$'}`;
  const lines = describeDifferences(differences).join('\n');
  return element('testcase', attributes, element('failure', { message }, escaped(lines)));
}

function failure(method: string): string {
  return element(
    'failure',
    { message: `the server sent ${titleOf({ method, name: null })}, a request that is not in the recording` },
    '',
  );
}

/** @param content escaped */
function element(name: string, attributes: Attributes, content: string): string {
  const opened = start(name, attributes);
  return content === '' ? `${opened.slice(0, -1)}/>` : `${opened}${content}</${name}>`;
}

type Attributes = Readonly<Record<string, string | number>>;

function start(name: string, attributes: Attributes): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}>`;
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

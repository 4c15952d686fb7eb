import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createThreads, segmentText } from '../../src/attribution/index.js';
import { requestId } from '../../src/model/ids.js';
import type { Segment, ThreadContext } from '../../src/model/segment.js';
import { attributed } from '../support/attributed.js';

/** A body made by hand after a captured one: openers of Claude Code, all else invented. Each marker has its right sources. */
interface Case {
  context: { subagent?: boolean; agent?: ThreadContext['agent'] };
  markers: Record<string, string[]>;
  body: object;
}

const FOLDER = new URL('./cases/', import.meta.url);
const CASES = readdirSync(FOLDER).map((file): [string, Case] => {
  const one: Case = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  return [file.replace('.json', '').replaceAll('-', ' '), one];
});

describe.each(CASES)('%s', (_, { context, markers, body }) => {
  const text = JSON.stringify(body);
  const segments = segmentsOf(context, body);
  test.each(Object.entries(markers))('%s is of %s', (marker, sources) => {
    const holding = segments.filter((segment) => isIn(segmentText(body, text, segment), marker));
    expect(holding).toHaveLength(1);
    expect(sources).toContain(holding[0]?.source);
  });
});

/** One marker may be the beginning of another. */
function isIn(text: string, marker: string): boolean {
  return new RegExp(`${marker}\\b`).test(text);
}

/** As the request of a thread: a subagent's carries its id. */
function segmentsOf({ agent, subagent }: Case['context'], body: object): Segment[] {
  if (agent !== undefined) return attributed(body, { thread: { knownServers: [], agent } }).segments;
  return createThreads({}).attribute({
    id: requestId('1'),
    sessionId: 's',
    agentId: subagent === true ? 'a1' : null,
    headers: [],
    model: null,
    at: 0,
    body,
    text: JSON.stringify(body),
    usage: null,
    message: null,
  }).segments;
}

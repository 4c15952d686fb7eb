import { expect, it } from 'vitest';
import { diffSegments } from '../../../src/history/diff-segments.js';
import type { RequestDetail, SourceUse } from '../../../src/store/index.js';
import { describeDiff } from '../../../src/text/reports/diff.js';
import { liveLine } from '../../../src/text/reports/live-line.js';
import { describeRequest, describeShares } from '../../../src/text/reports/request-detail.js';
import { describeSegment } from '../../../src/text/reports/segment.js';
import { describeSourceUses } from '../../../src/text/reports/source-uses.js';
import { aSegment } from '../../store/support/records.js';
import { requestDetail } from '../support/request-rows.js';

/** What a model, a server or a gateway may call things: clears the screen, sets the title, moves up a line. */
const NAME = '\u001b[2J\u001b]0;owned\u0007\u009b1A\r\nforged';

const REQUEST: Partial<RequestDetail> = {
  id: 'req_2',
  model: NAME,
  agent_id: NAME,
  purpose: 'subagent',
  previous_id: 'req_1',
  continuation: 'edited',
  started_by: NAME,
  error: NAME,
  cache_miss: {
    cause: 'changed',
    source: `mcp:${NAME}`,
    path: `/${NAME}`,
    detail: NAME,
    lost_tokens: 5,
    lost_usd: 0.1,
  },
  sources: [{ source: `mcp:${NAME}`, tokens: 5, share: 1, new_tokens: null, cost_usd: null }],
};
const SEGMENT = aSegment({ source: `mcp:${NAME}`, detail: NAME, path: `/${NAME}`, hash: 'other' });
const USE: SourceUse = {
  source: `mcp:${NAME}`,
  requests: 1,
  sessions: 1,
  tokens: 5,
  share: 1,
  cost_usd: null,
  idle_tokens: 5,
  idle_cost_usd: null,
  funnel: null,
};

function printed(): Record<string, string[]> {
  const [from, to] = [requestDetail({ model: NAME }), requestDetail(REQUEST)];
  const segments = (text: string) => [{ segment: { ...SEGMENT, hash: text }, text: `${NAME} ${text}` }];
  const changes = diffSegments(segments('one'), segments('two'));
  const share = {
    request_id: 'req_2',
    part: 'text',
    tokens: 5,
    new_tokens: null,
    cost_usd: null,
    segments: 1,
    message_index: 0,
  } as const;
  const tool = { source: USE.source, tool: NAME, tokens: 1, cost_usd: null, listed: 1, loaded: 1, called: 0 };
  return {
    show: describeRequest(to),
    shares: describeShares([{ ...share, source: USE.source, message_role: 'user' }], 80),
    segments: describeSegment({ segment: SEGMENT, text: 'text' }),
    diff: describeDiff({ from, to, changes }, 80),
    live: [liveLine(to, new Date(0))],
    suggest: describeSourceUses(
      {
        requests: 1,
        unbilled_requests: 0,
        unpriced_requests: 0,
        outdated_requests: 0,
        input_tokens: 5,
        input_cost_usd: 1,
        sources: [USE, { ...USE, idle_tokens: null }],
        tools: [tool],
      },
      80,
    ),
  };
}

it.each(Object.entries(printed()))('%s contains no control characters, and each name stays on its line', (_, lines) => {
  expect(lines.join('\n')).toContain('�');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(lines.filter((line) => /[\u0000-\u001f\u007f-\u009f]/.test(line))).toEqual([]);
});

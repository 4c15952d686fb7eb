import { expect, it } from 'vitest';
import { diffSegments } from '../../../src/history/diff-segments.js';
import type { RequestDetail } from '../../../src/model/request.js';
import type { SourceUse } from '../../../src/store/index.js';
import { describeDiff } from '../../../src/text/reports/diff.js';
import { liveLine } from '../../../src/text/reports/live-line.js';
import { describeRequest } from '../../../src/text/reports/request-detail.js';
import { describeSegment } from '../../../src/text/reports/segment.js';
import { describeShares } from '../../../src/text/reports/shares.js';
import { describeSourceUses } from '../../../src/text/reports/source-uses.js';
import { aSegment } from '../../store/support/records.js';
import { requestDetail } from '../support/request-rows.js';

/** What a model, a server or a gateway may call things: clears the screen, sets the title, moves up a line. */
const NAME = '\u001b[2J\u001b]0;owned\u0007\u009b1A\r\nforged';

const REQUEST: Partial<RequestDetail> = {
  id: 'req_2',
  model: NAME,
  agentId: NAME,
  purpose: 'subagent',
  previousId: 'req_1',
  continuation: 'edited',
  startedBy: NAME,
  error: NAME,
  cacheMiss: {
    cause: 'changed',
    source: `mcp:${NAME}`,
    path: `/${NAME}`,
    detail: NAME,
    lostTokens: 5,
    lostUsd: 0.1,
  },
  sources: [{ source: `mcp:${NAME}`, tokens: 5, share: 1, newTokens: null, costUsd: null }],
};
const SEGMENT = aSegment({ source: `mcp:${NAME}`, detail: NAME, path: `/${NAME}`, hash: 'other' });
const USE: SourceUse = {
  source: `mcp:${NAME}`,
  requests: 1,
  sessions: 1,
  tokens: 5,
  share: 1,
  costUsd: null,
  idleTokens: 5,
  idleCostUsd: null,
  funnel: null,
};

function printed(): Record<string, string[]> {
  const [from, to] = [requestDetail({ model: NAME }), requestDetail(REQUEST)];
  const segments = (text: string) => [{ segment: { ...SEGMENT, hash: text }, text: `${NAME} ${text}` }];
  const changes = diffSegments(segments('one'), segments('two'));
  const share = {
    requestId: 'req_2',
    part: 'text',
    tokens: 5,
    newTokens: null,
    costUsd: null,
    segments: 1,
    messageIndex: 0,
  } as const;
  const tool = { source: USE.source, tool: NAME, tokens: 1, costUsd: null, listed: 1, loaded: 1, called: 0 };
  return {
    show: describeRequest(to),
    shares: describeShares([{ ...share, source: USE.source, messageRole: 'user' }], 80, true),
    segments: describeSegment({ segment: SEGMENT, text: 'text' }),
    diff: describeDiff({ from, to, changes, calls: [] }, 80),
    live: [liveLine(to, new Date(0))],
    suggest: describeSourceUses(
      {
        requests: 1,
        unbilledRequests: 0,
        unpricedRequests: 0,
        outdatedRequests: 0,
        inputTokens: 5,
        inputCostUsd: 1,
        sources: [USE, { ...USE, idleTokens: null }],
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

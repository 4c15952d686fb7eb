import type { CheckedThing, Incomparable, SessionCheck } from '../../advice/index.js';
import { style } from '../style.js';
import { type Column, renderFirstRows } from '../table.js';
import { formatSigned, formatTokens } from '../units.js';
import { wrapText } from '../wrap.js';

/** Maximum number of rows of each table; `--json` has all. */
const SHOWN_ROWS = 15;

/** What is gone since the previous session, what that saves in each request, and what else changed. */
export function describeSessionCheck(check: SessionCheck, width: number): string[] {
  const { before, after, things, others } = check;
  return [
    ...wrapText(
      `Session ${after.sessionId} compared with ${before.sessionId}, the previous one in this project.`,
      width,
    ),
    ...wrapText(`First request: ${describeTotals(check)}`, width),
    ...differences(check).flatMap((line) => wrapText(line, width)),
    ...table('Not used before, or gone now (tokens in a request, estimated):', THINGS, things, width),
    ...table('What else changed (tokens in a first request, estimated):', OTHERS, others, width),
    '',
    ...wrapText(describeVerdict(check), width).map((line) => style(line, check.verdict === 'saved' ? 'good' : 'warn')),
    ...things.flatMap((thing) => missed(thing).flatMap((line) => wrapText(line, width))),
  ];
}

export function describeIncomparable({ problem, sessionId, cwd }: Incomparable): string {
  if (problem === 'no_earlier')
    return `No session before ${sessionId} is stored for ${cwd}, so there is nothing to compare.`;
  return sessionId === null
    ? 'No session with an answered request of its main conversation is stored.'
    : `Session ${sessionId} has no answered request of its main conversation.`;
}

function describeTotals({ before, after }: SessionCheck): string {
  const [was, is] = [before.firstRequest.inputTokens, after.firstRequest.inputTokens];
  return (
    `${formatTokens(was)} → ${formatTokens(is)} tokens billed (exact), of which before the first prompt ` +
    `${formatTokens(before.standingTokens)} → ${formatTokens(after.standingTokens)} (estimated).`
  );
}

function differences({ before, after }: SessionCheck): string[] {
  const lines: string[] = [];
  if (before.model !== after.model) lines.push(`Model: ${before.model ?? 'unknown'} → ${after.model ?? 'unknown'}.`);
  if (before.claudeVersion !== after.claudeVersion) {
    lines.push(`Claude Code: ${before.claudeVersion ?? 'unknown'} → ${after.claudeVersion ?? 'unknown'}.`);
  }
  return lines;
}

function describeVerdict({ verdict, saved, before, after }: SessionCheck): string {
  const tokens = formatTokens(saved.tokensPerRequest);
  switch (verdict) {
    case 'saved':
      return `Saved: about ${tokens} tokens in each request, ${saved.known}.`;
    case 'not_saved':
      return `Not saved: about ${tokens} tokens are gone, but their replacement has ${formatTokens(after.standingTokens - before.standingTokens + saved.tokensPerRequest)}.`;
    case 'not_comparable':
      return `About ${tokens} tokens are gone, but the models count tokens differently: the sums cannot be compared.`;
    case 'unchanged':
      return 'No unused source is gone: nothing was saved.';
  }
}

function missed({ source, tools, state, missedCalls: calls }: CheckedThing): string[] {
  if (state !== 'gone' || calls === 0) return [];
  return [
    `${tools.join(', ') || source} is gone, but was called ${calls === 1 ? 'once' : `${calls} times`}: it may be missing.`,
  ];
}

function table<Row>(title: string, columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  return rows.length === 0 ? [] : ['', ...renderFirstRows(title, columns, rows, width, SHOWN_ROWS)];
}

const STATES: Readonly<Record<CheckedThing['state'], string>> = {
  gone: 'gone',
  deferred: 'deferred',
  still_there: 'still there',
};

const THINGS: readonly Column<CheckedThing>[] = [
  {
    heading: 'SOURCE',
    grow: true,
    cut: 'middle',
    cell: ({ source, tools }) => (tools.length === 0 ? source : `${source} (${tools.join(', ')})`),
  },
  {
    heading: 'NOW',
    cell: ({ state }) => STATES[state],
    tone: ({ state }) => (state === 'still_there' ? 'warn' : 'good'),
  },
  { heading: 'BEFORE', align: 'right', cell: (thing) => formatTokens(thing.tokensBefore) },
  { heading: 'AFTER', align: 'right', cell: (thing) => formatTokens(thing.tokensAfter) },
];

const OTHERS: readonly Column<SessionCheck['others'][number]>[] = [
  { heading: 'SOURCE', grow: true, cut: 'middle', cell: ({ source }) => source },
  { heading: 'BEFORE', align: 'right', cell: (each) => formatTokens(each.tokensBefore) },
  { heading: 'AFTER', align: 'right', cell: (each) => formatTokens(each.tokensAfter) },
  { heading: 'CHANGE', align: 'right', cell: (each) => formatSigned(each.tokensAfter - each.tokensBefore) },
];

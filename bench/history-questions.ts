import { ATTRIBUTION_VERSION } from '../src/attribution/index.js';
import { openReader, type Reader, STATS_KEYS } from '../src/store/index.js';
import { SEARCHABLE } from '../test/support/history/writer.js';

/** A question that people and scripts ask of a history. */
export interface Question {
  name: string;
  /** What p95 should be below at 10,000 requests, milliseconds. */
  target: number;
  /** @param turn varies it, so that no answer is only remembered */
  ask(turn: number): unknown;
}

const SERVERS = ['serena', 'jira_cloud', 'metrics', 'vault', 'browser', 'postgres'];
const DAY_MS = 24 * 60 * 60_000;

const PAGE_MS = 50;
const STATS_MS = 100;

export function questionsTo(reader: Reader): Question[] {
  const { rows, total } = reader.query({}, { limit: 1 });
  const newest = rows[0]?.timestamp.getTime() ?? Number.NaN;
  const deep = Math.floor(total * 0.9);
  const after = reader.page({}, { limit: 1, offset: deep })[0]?.id;
  const session = reader.sessions().rows[0]?.id ?? '';
  const source = (turn: number) => `mcp:${SERVERS[turn % SERVERS.length]}`;
  const day = (turn: number) => newest - (turn % 5) * DAY_MS;
  const { common, rare, cjk } = SEARCHABLE;
  const pages: [name: string, ask: (turn: number) => unknown][] = [
    ['newest page', () => reader.page()],
    ['--source mcp:x', (turn) => reader.page({ source: source(turn) })],
    ['--source mcp:*', () => reader.page({ source: 'mcp:*' })],
    ['--source agent:*', () => reader.page({ source: 'agent:*' })],
    ['--source hook:*, 100 rows', () => reader.page({ source: 'hook:*' }, { limit: 100 })],
    ['one day', (turn) => reader.page({ since: day(turn) - DAY_MS, until: day(turn) })],
    ['--status 529', () => reader.page({ status: '529' })],
    ['--status aborted', () => reader.page({ status: 'aborted' })],
    ['--status error', () => reader.page({ status: 'error' })],
    ['--model *haiku*', () => reader.page({ model: '*haiku*' })],
    ['rated well', () => reader.page({ minRating: 0.5 })],
    ['--min-tokens', () => reader.page({ minTokens: 20_000 })],
    ['text, common word', () => reader.page({ text: common })],
    ['text, rare word', () => reader.page({ text: rare })],
    ['text, two words', () => reader.page({ text: `${common} ${rare}` })],
    ['text, CJK', () => reader.page({ text: cjk })],
    ['text and mcp:x', (turn) => reader.page({ text: common, source: source(turn) })],
    ['sort by cost', () => reader.page({}, { sort: 'cost' })],
    ['sort by cost, mcp:x', (turn) => reader.page({ source: source(turn) }, { sort: 'cost' })],
    ['sort by cost, text', () => reader.page({ text: common }, { sort: 'cost' })],
    ['mcp:x and how many', (turn) => reader.query({ source: source(turn) })],
    ['a word and how many', () => reader.query({ text: common })],
    ['offset at 90 %', (turn) => reader.page({}, { offset: deep - turn })],
    ['cursor at 90 %', () => reader.page({}, { after })],
    ['cursor at 90 %, mcp:x', (turn) => reader.page({ source: source(turn) }, { after })],
    ['sessions', () => reader.sessions()],
    ['session', () => reader.session(session)],
    ['tui, cold', () => openCold(reader.file)],
  ];
  const figures: [name: string, ask: (turn: number) => unknown][] = [
    ...STATS_KEYS.map((by): [string, () => unknown] => [`stats --by ${by}`, () => reader.stats({}, { by })]),
    ['stats of a week', () => reader.stats({ since: newest - 7 * DAY_MS }, { by: 'source' })],
    ['stats of mcp:x by day', (turn) => reader.stats({ source: source(turn) }, { by: 'day' })],
    ['suggest, all it reads', () => evidence(reader)],
  ];
  return [
    ...pages.map(([name, ask]) => ({ name, target: PAGE_MS, ask })),
    ...figures.map(([name, ask]) => ({ name, target: STATS_MS, ask })),
  ];
}

function evidence(reader: Reader): unknown[] {
  return [
    reader.stats({}, { by: 'source' }),
    reader.sourceUses({ version: ATTRIBUTION_VERSION }),
    reader.cacheMisses({}),
  ];
}

/** What a screen shows first, from a connection that has read nothing yet. */
function openCold(file: string): void {
  const reader = openReader(file);
  reader.page({}, { limit: 50 });
  reader.sessions();
  reader.stats({}, { by: 'source' });
  reader.close();
}

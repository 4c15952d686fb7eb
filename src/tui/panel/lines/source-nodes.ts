import { knownSum } from '../../../base/known-sum.js';
import type { RequestShare, RequestSummary } from '../../../model/request.js';
import type { Part } from '../../../model/segment.js';
import { type Source, splitSource } from '../../../model/source.js';
import { type GroupTotal, groupTotals, type SourceGroup } from '../../../model/source-group.js';
import type { Funnel } from '../../../store/index.js';
import type { Tone } from '../../../text/style.js';
import { counted } from '../../../text/units.js';
import { sourceName } from '../source-name.js';
import { groupKey } from '../state/source-groups.js';
import type { TreeNode } from '../state/tree.js';

/** What a row of the breakdown shows: a group, a source in it, or a part of a source. */
export interface SourceFigures {
  tokens: number;
  /** Share of the request, 0..1. */
  share: number;
  costUsd: number | null;
  /** The part of the tokens that the previous request of the thread did not carry; null if unknown. */
  newTokens: number | null;
  /** Null for a group. */
  source: Source | null;
  /** Null for a group and for a whole source. */
  part: Part | null;
  note: Note | null;
}

export interface Note {
  text: string;
  tone: Tone;
}

export type SourceNode = TreeNode<SourceFigures>;

/** What is known about a request besides its row. */
export interface BreakdownFacts {
  /** Empty until they are read. */
  shares: readonly RequestShare[];
  /** How sources were used in its session; empty until they are read. */
  funnels: ReadonlyMap<Source, Funnel>;
}

/** The sources of a request by group, with the parts of each. */
export function sourceNodes(
  { sources, cacheMiss }: Pick<RequestSummary, 'sources' | 'cacheMiss'>,
  { shares, funnels }: BreakdownFacts,
): SourceNode[] {
  const totals = sources.filter(({ tokens }) => tokens > 0);
  const all = totals.reduce((sum, { tokens }) => sum + tokens, 0);
  const changed = cacheMiss?.source ?? null;
  return groupTotals(totals).map((total): SourceNode => {
    const children = total.sources.map((each): SourceNode => {
      const parts = shares.filter(({ source, tokens }) => source === each.source && tokens > 0);
      const note = each.source === changed ? MISSED : noteOf(funnels.get(each.source));
      return {
        key: each.source,
        name: nameIn(each.source),
        figures: { ...each, part: null, note },
        // One part alone is the source itself.
        children: parts.length > 1 ? parts.map((part) => partNode(part, all)) : [],
      };
    });
    const { group, tokens, newTokens, costUsd } = total;
    const note = children.some(({ figures }) => figures.note === MISSED) ? MISSED : groupNote(total, funnels);
    return {
      key: groupKey(group),
      name: groupName(group, children.length),
      figures: { tokens, share: tokens / all, costUsd, newTokens, source: null, part: null, note },
      children,
    };
  });
}

function partNode({ source, part, tokens, newTokens, costUsd }: RequestShare, all: number): SourceNode {
  const figures = { tokens, share: tokens / all, costUsd, newTokens, source, part, note: null };
  return { key: `${source} ${part}`, name: part, figures, children: [] };
}

export function groupName(group: SourceGroup, sources: number): string {
  return group === 'unknown' ? 'no rule knows' : `${group} (${sources})`;
}

/** A source as it is shown inside its group. */
export function nameIn(source: Source): string {
  const { type, name } = splitSource(source);
  if (type === 'user' || type === 'assistant' || type === 'unknown') return source;
  // As people type it: the group has skills, too.
  if (type === 'command') return `/${name}`;
  return sourceName(source).slice(`${type}:`.length);
}

const MISSED: Note = { text: 'broke the cache', tone: 'warn' };

function noteOf(funnel: Funnel | undefined): Note | null {
  if (funnel === undefined) return null;
  const { called } = funnel;
  return called === 0 ? { text: 'never called', tone: 'dim' } : { text: counted(called, 'call'), tone: 'good' };
}

/** How many of a group were never called in the session. */
function groupNote({ sources }: GroupTotal<{ source: Source }>, funnels: BreakdownFacts['funnels']): Note | null {
  const known = sources.flatMap(({ source }) => funnels.get(source) ?? []);
  const idle = known.filter(({ called }) => called === 0).length;
  if (known.length === 0 || idle === 0) return null;
  return { text: idle === sources.length ? 'never called' : `${idle} never called`, tone: 'dim' };
}

/** Sums the figures of several rows. */
export function sumFigures(nodes: readonly SourceNode[]): SourceFigures {
  const sum = (figureOf: (figures: SourceFigures) => number | null) =>
    knownSum(nodes.map(({ figures }) => figureOf(figures)));
  return {
    tokens: sum(({ tokens }) => tokens) ?? 0,
    share: sum(({ share }) => share) ?? 0,
    costUsd: sum(({ costUsd }) => costUsd),
    newTokens: sum(({ newTokens }) => newTokens),
    source: null,
    part: null,
    note: null,
  };
}

import { knownSum } from '../../../base/known-sum.js';
import type { UnrecordedServer } from '../../../history/mcp-unrecorded.js';
import type { McpCallFigures, McpServerFigures, McpToolFigures } from '../../../model/mcp-figures.js';
import { splitSource } from '../../../model/source.js';
import { alteredNote, callName, sumSaidAndGot, undeliveredCalls } from '../../../text/mcp-figures.js';
import type { Tone } from '../../../text/style.js';
import { printableLine } from '../../../text/text.js';
import { counted, formatBytes, formatDuration } from '../../../text/units.js';
import type { McpOverview } from '../data/read-mcp.js';
import type { CallsChoice, ServerSort } from '../state/state.js';
import type { TreeNode } from '../state/tree.js';

/** What a row of the view of MCP servers shows: a server, or a tool of it. */
export interface McpRowFigures {
  /** Null for the count of the tools that have no row. */
  calls: number | null;
  /** Not in any other figure. */
  alteredCalls: number;
  failedCalls: number;
  p50Ms: number | null;
  p95Ms: number | null;
  /** Tokens of the results: `~12.3k → 2.0k`. */
  results: string;
  tokensSaid: number;
  /** Whether the model got something else than whole results. */
  isReduced: boolean;
  definitionTokens: number | null;
  notes: readonly McpNote[];
  /** Its calls; null where none are recorded. */
  choice: CallsChoice | null;
}

export interface McpNote {
  text: string;
  tone: Tone;
}

export type McpNode = TreeNode<McpRowFigures>;

/** Servers with their tools, both in the order that was asked for; servers that were not recorded come last. */
export function mcpNodes({ servers, tools, unrecorded }: McpOverview, sort: ServerSort): McpNode[] {
  const nodes = servers.map((server): McpNode => {
    const ofServer = tools.filter((tool) => tool.server === server.server);
    return {
      key: `server ${server.server}`,
      name: printableLine(server.server),
      figures: serverFigures(server),
      children: sorted(ofServer.map(toolNode), sort),
    };
  });
  return [...sorted(nodes, sort), ...unrecorded.map(unrecordedNode)];
}

function toolNode(tool: McpToolFigures): McpNode {
  const { server, method, name } = tool;
  return {
    key: `server ${server} ${method} ${name}`,
    name: printableLine(callName(tool)),
    figures: {
      ...callFigures(tool),
      definitionTokens: tool.definitionTokens,
      notes: toolNotes(tool),
      choice: { server, tool: { method, name } },
    },
    children: [],
  };
}

function serverFigures(server: McpServerFigures): McpRowFigures {
  return {
    ...callFigures(server),
    definitionTokens: server.definitionTokens,
    notes: serverNotes(server),
    choice: { server: server.server },
  };
}

function callFigures(figures: McpCallFigures) {
  const { calls, alteredCalls, failedCalls, p50Ms, p95Ms, tokensSaid, reducedCalls } = figures;
  const own = { calls, alteredCalls, failedCalls, p50Ms, p95Ms, tokensSaid };
  return { ...own, results: sumSaidAndGot(figures), isReduced: reducedCalls > 0 };
}

function unrecordedNode({ source, calls, mayBeRemoved }: UnrecordedServer): McpNode {
  const { name } = splitSource(source);
  const text = mayBeRemoved ? 'not recorded, or removed' : 'not recorded';
  const figures = { ...NO_FIGURES, calls, notes: [note(text, 'warn')] };
  return { key: `server ${source}`, name: printableLine(name), figures, children: [] };
}

const NO_FIGURES: McpRowFigures = {
  calls: null,
  alteredCalls: 0,
  failedCalls: 0,
  p50Ms: null,
  p95Ms: null,
  results: '',
  tokensSaid: 0,
  isReduced: false,
  definitionTokens: null,
  notes: [],
  choice: null,
};

/** What is important comes first, as a narrow column cuts the rest. */
function serverNotes(server: McpServerFigures): McpNote[] {
  const { openConnections, readyMs, exit, lost, changed, tools, neverCalled, transport } = server;
  const neverReady = readyMs === null && openConnections === 0;
  return [
    ...(neverReady ? [note(`never ready${exit === null ? '' : `: ${printableLine(exit)}`}`, 'bad')] : []),
    ...(lost > 0 ? [note(`${counted(lost, 'message')} not recorded`, 'warn')] : []),
    ...alteredNotes(server),
    ...(changed > 0 ? [note(`${counted(changed, 'definition')} changed`, 'accent')] : []),
    ...(neverCalled !== null && neverCalled > 0 ? [note(`${neverCalled} of ${tools} never called`, 'dim')] : []),
    ...undeliveredNotes(server),
    note(readyMs === null ? transport : `${transport}, ready in ${formatDuration(readyMs)}`, 'dim'),
  ];
}

function toolNotes(tool: McpToolFigures): McpNote[] {
  const { calls, reducedCalls, definition } = tool;
  const isCut = definition !== null && definition.bytesGot !== null && definition.bytesGot < definition.bytesSaid;
  return [
    ...alteredNotes(tool),
    ...(reducedCalls > 0 ? [note(`${reducedCalls} not whole`, 'warn')] : []),
    ...(definition?.changed ? [note('changed', 'accent')] : []),
    ...(isCut ? [note(`description cut to ${formatBytes(definition.bytesGot ?? 0)}`, 'warn')] : []),
    ...(calls + tool.alteredCalls === 0 ? [note('never called', 'dim')] : undeliveredNotes(tool)),
  ];
}

function alteredNotes(figures: McpCallFigures): McpNote[] {
  return figures.alteredCalls > 0 ? [note(alteredNote(figures), 'warn')] : [];
}

function undeliveredNotes(figures: McpCallFigures): McpNote[] {
  const undelivered = undeliveredCalls(figures);
  return undelivered === 0 ? [] : [note(`${undelivered} not carried`, 'dim')];
}

function note(text: string, tone: Tone): McpNote {
  return { text, tone };
}

/** Sums the figures of tools that have no row of their own. */
export function sumMcp(nodes: readonly McpNode[]): McpRowFigures {
  const calls = nodes.reduce((sum, { figures }) => sum + (figures.calls ?? 0), 0);
  const definitionTokens = knownSum(nodes.map(({ figures }) => figures.definitionTokens));
  return { ...NO_FIGURES, calls, definitionTokens, notes: calls === 0 ? [note('never called', 'dim')] : [] };
}

function sorted(nodes: readonly McpNode[], sort: ServerSort): McpNode[] {
  if (sort === 'name') return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const amountOf = ({ figures }: McpNode) => {
    const { calls, failedCalls, p95Ms, tokensSaid } = figures;
    return { calls: calls ?? 0, failed: failedCalls, latency: p95Ms ?? -1, tokens: tokensSaid }[sort];
  };
  return nodes.toSorted((a, b) => amountOf(b) - amountOf(a));
}

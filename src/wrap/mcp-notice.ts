import { knownSum } from '../base/known-sum.js';
import type { KnownMcpServer } from '../mcp/discover/index.js';
import type { RunId } from '../model/ids.js';
import type { McpServerFigures } from '../model/mcp-figures.js';
import type { RuleFigures } from '../model/rule-hits.js';
import { sumHits } from '../text/rule-hits.js';
import { printableLine } from '../text/text.js';
import { counted } from '../text/units.js';
import { readEndedRun } from './read-ended-run.js';

/**
 * The closing lines about MCP servers, of which some were recorded in this run and others were not, and about rules.
 *
 * @param servers of Claude Code's configuration; null when recording is off
 */
export async function mcpNotice(
  database: string,
  runId: RunId,
  servers: readonly KnownMcpServer[] | null,
): Promise<string[]> {
  const lines = await readEndedRun(database, (reader) => [
    servers && describeMcp(reader.mcpServers({ runId }), servers),
    describeRules(reader.ruleFigures({ runId })),
  ]);
  return lines?.filter((line) => line !== null) ?? [];
}

/** `Rules: 4 hits of 2 rules, 1 alert`. */
function describeRules(figures: readonly RuleFigures[]): string | null {
  const sum = sumHits(figures);
  return sum === null ? null : `Rules: ${sum}`;
}

/** `MCP: 12 calls to 3 servers, 1 failed; not recorded: wiki (refused)`. */
function describeMcp(recorded: readonly McpServerFigures[], servers: readonly KnownMcpServer[]): string | null {
  const called = recorded.filter(({ calls }) => calls > 0);
  const sum = (figure: 'calls' | 'alteredCalls' | 'failedCalls' | 'lost') =>
    knownSum(recorded.map((server) => server[figure])) ?? 0;
  const failed = sum('failedCalls');
  const lost = sum('lost');
  const altered = sum('alteredCalls');
  const left = unrecorded(servers);
  const replayed = servers.flatMap(replayOf);
  const parts = [
    ...(called.length === 0
      ? []
      : [
          `${counted(sum('calls'), 'call')} to ${counted(called.length, 'server')}${failed > 0 ? `, ${failed} failed` : ''}`,
        ]),
    ...(altered > 0 ? [`${counted(altered, 'call')} altered by rules or replays`] : []),
    ...(lost > 0 ? [`${counted(lost, 'message')} could not be recorded`] : []),
    ...(replayed.length > 0 ? [`replayed from tapes: ${replayed.join(', ')}`] : []),
    ...(left.length > 0 ? [`not recorded: ${left.join(', ')}`] : []),
  ];
  return parts.length === 0 ? null : `MCP: ${parts.join('; ')}`;
}

/** Servers that are not recorded, with the reason. doctor explains it in a sentence. */
function unrecorded(servers: readonly KnownMcpServer[]): string[] {
  const named = servers.filter(({ decision }) => !UNNAMED.has(decision));
  const off = named.filter(({ decision }) => decision === 'stdio_off');
  // Without `--mcp`, nobody asked for the servers that Claude Code does not start either.
  const left = off.length > 0 ? named.filter(({ decision }) => STARTED.has(decision)) : named;
  return [
    ...(off.length > 0 ? [`${off.map(nameOf).join(', ')} (wrap --mcp also records stdio servers)`] : []),
    ...left.map((server) => `${nameOf(server)} (${server.decision.replaceAll('_', ' ')})`),
  ];
}

/** The name of a server that is replayed. The line says if its own program was refused: that does not prevent a replay. */
function replayOf(server: KnownMcpServer): string[] {
  const { replayed } = server;
  if (replayed === undefined) return [];
  const isRefused = replayed.decision !== null && REFUSED.has(replayed.decision);
  return [isRefused ? `${nameOf(server)} (${replayed.decision}: only its tape was started)` : nameOf(server)];
}

const REFUSED: ReadonlySet<KnownMcpServer['decision']> = new Set(['unapproved', 'refused', 'disabled']);

/** Claude Code starts them, and they are never recorded. */
const STARTED: ReadonlySet<KnownMcpServer['decision']> = new Set(['websocket', 'of_agent', 'unread_plugin']);

/** Servers that are recorded, by the run or by themselves, or whose command starts no MCP servers. */
const UNNAMED: ReadonlySet<KnownMcpServer['decision']> = new Set([
  'recorded',
  'records_itself',
  'not_claude_code',
  'no_session',
]);

function nameOf({ name }: KnownMcpServer): string {
  return printableLine(name);
}

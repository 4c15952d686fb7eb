import type { DispensableToolName, Finding, ReducedForm, Saving, ShortenedDefinition } from '../../../advice/index.js';
import { splitSource } from '../../../model/source.js';
import { counted, formatBytes, formatDollars, formatDuration, formatPercent, formatTokens } from '../../units.js';

const MAX_NAMES = 5;

/** What to do, without a full stop. */
export function describeAction(finding: Finding): string {
  const { sources } = finding;
  const name = nameOf(sources[0]);
  switch (finding.kind) {
    case 'unused_server':
      return `Disable the MCP server ${name}`;
    case 'unused_server_tools':
      return `Deny ${counted(finding.tools.length, 'tool')} of the MCP server ${name}`;
    case 'unused_plugin':
      return `Disable the plugin ${finding.plugin}`;
    case 'unused_tools':
      return `Leave out ${namesOf(sources, 'built-in tool')}`;
    case 'unused_skills':
      return `Leave out ${namesOf(sources, 'skill')}`;
    case 'unused_agents':
      return `Leave out ${namesOf(sources, 'agent')}`;
    case 'loaded_in_full':
      return 'Load definitions of MCP tools only when a search finds them';
    case 'rarely_used':
      return `Disable the MCP server ${name} where it is not needed`;
    case 'memory':
      return `Shorten ${name}, or move rarely needed parts into a skill`;
    case 'hook':
      return `Make hooks of ${name} print less`;
    case 'large_results':
      return `Ask the MCP server ${name} for less, or let Claude Code truncate its results`;
    case 'cache_misses':
      return keepCache(finding);
    case 'low_rated':
      return `Check whether ${sources.join(', ')} does more harm than good`;
    case 'reduced_results':
      return `Make the results of the MCP server ${name} smaller: the model gets only parts of some`;
    case 'shortened_definitions':
      return `Shorten the descriptions of the MCP server ${name}: the model gets only the beginning`;
    case 'slow_calls':
      return `Find out why the MCP server ${name} answers slowly`;
    case 'slow_start':
      return `Make the MCP server ${name} start faster: sessions wait for it`;
  }
}

/** What became of the results, and what makes them smaller. */
const REDUCED: Readonly<Record<ReducedForm, (count: string) => string>> = {
  persisted: (count) => `${count} went to a file`,
  cut: (count) => `${count} lost a part`,
  structured_only: (count) => `${count} lost the texts next to their structured content`,
};

function describeReduced({ results, reduced, tools }: Extract<Finding, { kind: 'reduced_results' }>): string {
  const forms = reduced.map((each) => REDUCED[each.form](String(each.results)));
  const names = tools.slice(0, MAX_NAMES).join(', ') + (tools.length > MAX_NAMES ? ', …' : '');
  return `Of ${counted(results, 'result')}, ${forms.join(', ')}. ${tools.length === 1 ? 'Tool' : 'Tools'}: ${names}.`;
}

function describeShortened(shortened: readonly ShortenedDefinition[]): string {
  const parts = shortened
    .slice(0, MAX_NAMES)
    .map(
      ({ name, bytesSaid, bytesGot }) =>
        `${name || 'instructions'}: ${formatBytes(bytesGot)} of ${formatBytes(bytesSaid)}.`,
    );
  const rest = shortened.length - parts.length;
  return [...parts, ...(rest > 0 ? [`And ${rest} more.`] : [])].join(' ');
}

function keepCache({ cause, detail, sources }: Extract<Finding, { kind: 'cache_misses' }>): string {
  if (cause === 'expired') {
    return 'Finish or /compact before a long pause: afterwards you pay for the whole conversation again';
  }
  if (cause === 'parameters') {
    return `Choose model and thinking at the start of a session${detail ? ` (changed: ${detail})` : ''}`;
  }
  const source = sources[0] ?? '';
  const { type, name } = splitSource(source);
  switch (type) {
    case 'mcp':
      return `Do not change the MCP server ${name} during a session: its tools or instructions changed`;
    case 'memory':
      return `Edit ${name} between sessions, not during one`;
    case 'hook':
      return `Make hooks of ${name} print constant text or nothing: no timestamps, no changing state`;
    default:
      return `Do not add, remove or change ${source} during a session`;
  }
}

/** Why, in numbers. */
export function describeReason(finding: Finding): string {
  switch (finding.kind) {
    case 'unused_server':
      return `In ${describeCarriers(finding)}, never called.`;
    case 'unused_plugin':
      return `In ${describeCarriers(finding)}, no part of it was ever called: ${finding.sources.join(', ')}.`;
    case 'unused_tools':
    case 'unused_skills':
    case 'unused_agents':
      return `${finding.sources.length === 1 ? 'In' : 'Each in at least'} ${describeCarriers(finding)}, never called.`;
    case 'unused_server_tools':
      return (
        `${finding.tools.length} of its ${counted(finding.serverTools, 'tool')} were loaded in ` +
        `${counted(finding.requests, 'request')} or more and never called.`
      );
    case 'loaded_in_full':
      return (
        `Definitions of ${counted(finding.tools.length, 'tool')} of ${counted(finding.sources.length, 'server')} ` +
        `were loaded in up to ${counted(finding.requests, 'request')}.`
      );
    case 'rarely_used':
      return `Called ${counted(finding.calls, 'time')}, carried by ${describeCarriers(finding)}.`;
    case 'memory':
      return `Takes about ${describeEach(finding)}.`;
    case 'hook':
      return `Output of about ${describeEach(finding)}.`;
    case 'large_results':
      return (
        `${counted(finding.calls, 'call')} and their results, sent again with every later request: ` +
        `${formatTokens(finding.tokens)} tokens, ${formatPercent(finding.share)} of the input.`
      );
    case 'cache_misses':
      return `${describeCarriers(finding)} paid again for ${formatTokens(finding.lostTokens)} tokens that were in the cache.`;
    case 'low_rated':
      return (
        `Requests that carried it were rated ${finding.averageRating.toFixed(2)} on average, ` +
        `${counted(finding.ratings, 'rating')}.`
      );
    case 'reduced_results':
      return describeReduced(finding);
    case 'shortened_definitions':
      return describeShortened(finding.shortened);
    case 'slow_calls':
      return (
        `${counted(finding.calls, 'call')}: half of them took ${formatDuration(finding.p50Ms)} or more, ` +
        `one in twenty ${formatDuration(finding.p95Ms)} or more.`
      );
    case 'slow_start':
      return `${counted(finding.connections, 'start')}: half of them took ${formatDuration(finding.readyMs)} or more.`;
  }
}

/** What would stop working; null for nothing. */
export function describeLoss(finding: Finding): string | null {
  switch (finding.kind) {
    case 'unused_server': {
      const tools = finding.serverTools > 0 ? `its ${counted(finding.serverTools, 'tool')}, ` : '';
      return `the server: ${tools}its resources and prompts.`;
    }
    case 'unused_plugin':
      return 'the whole plugin, including its hooks, which requests do not show.';
    case 'unused_server_tools':
      return `these tools: ${finding.tools.join(', ')}. The server's resources and prompts stay.`;
    case 'unused_tools':
      return finding.settings.length === 0 ? null : describeLostTools(finding.sources);
    case 'unused_skills':
      return 'Claude starting these skills by itself.';
    case 'unused_agents':
      return 'Claude starting these agents.';
    case 'loaded_in_full':
      return 'nothing, but the first call of a tool needs a search.';
    case 'rarely_used':
      return 'the server, where it is disabled.';
    case 'memory':
      return 'Claude following its instructions.';
    case 'hook':
      return 'the other effects of these hooks, if you remove them.';
    case 'large_results':
      return 'reading the rest of longer results.';
    case 'low_rated':
      return `${finding.sources.join(', ')}, where it is left out.`;
    case 'cache_misses':
    case 'reduced_results':
    case 'shortened_definitions':
    case 'slow_calls':
    case 'slow_start':
      return null;
  }
}

/** What stops working without a built-in tool. */
const LOST_WITHOUT: Readonly<Record<DispensableToolName, string>> = {
  WebSearch: 'searching the web',
  WebFetch: 'reading web pages',
  NotebookEdit: 'editing Jupyter notebooks',
  Workflow: 'workflows of many agents',
  DesignSync: 'design projects of claude.ai',
  ScheduleWakeup: '/loop at its own pace',
  ReportFindings: 'findings of /code-review as a list',
};

function describeLostTools(sources: readonly string[]): string {
  const known = new Map<string, string>(Object.entries(LOST_WITHOUT));
  const lost = sources.map((source) => known.get(nameOf(source)) ?? nameOf(source));
  return `${[...new Set(lost)].join(', ')}.`;
}

/** `1.2M tokens (12 % of the input, 300 per request), $3.40`. */
export function describeSaving({ tokens, tokensPerRequest, costUsd, share }: Saving): string {
  const part = share < 0.01 ? 'under 1 %' : formatPercent(share);
  const each = tokensPerRequest < 1 ? 'under 1' : formatTokens(Math.round(tokensPerRequest));
  const parts = [
    ...(tokens > 0 ? [`${formatTokens(tokens)} tokens (${part} of the input, ${each} per request)`] : []),
    ...(costUsd === null ? [] : [formatDollars(costUsd)]),
  ];
  return parts.join(', ') || 'nothing';
}

function describeCarriers({ requests, sessions }: { requests: number; sessions: number }): string {
  return `${counted(requests, 'request')} of ${counted(sessions, 'session')}`;
}

function describeEach({ tokensEach, requests }: { tokensEach: number; requests: number }): string {
  return `${counted(tokensEach, 'token')} in each of ${counted(requests, 'request')}`;
}

function namesOf(sources: readonly string[], noun: string): string {
  const shown = sources.slice(0, MAX_NAMES).map(nameOf).join(', ');
  const more = sources.length > MAX_NAMES ? `, and ${sources.length - MAX_NAMES} more` : '';
  return `${counted(sources.length, noun)}: ${shown}${more}`;
}

function nameOf(source = ''): string {
  return splitSource(source).name;
}

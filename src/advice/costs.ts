import { splitSource } from '../model/source.js';
import type { SourceUse, SourceUses, ToolUse } from '../store/index.js';
import { DISPENSABLE_TOOLS, isNeededAgent } from './built-in-tools.js';
import { certaintyOf, type Evidence, type Finding, finding, savingOf } from './finding.js';
import { pluginOfServer, prefixOf } from './plugins.js';
import {
  deferTools,
  denyAgents,
  denyBuiltInTools,
  disableServer,
  dropHook,
  excludeMemory,
  hidePrefixedSkills,
  hideSkills,
  limitMcpOutput,
  type Remedy,
} from './settings.js';
import { pluginPart } from './targets.js';
import { idleCost } from './unused.js';

/** Minimum share of all input tokens. */
const MIN_SHARE = 0.005;
/** A server is rarely used when this share of its requests, or less, called it; and minimum requests to tell. */
const RARE_CALLS = 0.01;
const MIN_REQUESTS = 100;
/** Results of a server are large from this share of the input on. */
const LARGE_SHARE = 0.05;
/** Suggested tokens of one result; Claude Code's own limit is 25,000. */
const RESULT_LIMIT = 10_000;
const MIN_RATINGS = 3;
/** Letters in a token of a name, about. A deferred tool still has a line with its name. */
const LETTERS_PER_TOKEN = 3;

/** Memory files that cost most. They are in every request, useful or not. */
export function findMemory({ uses, claudeVersion }: Evidence): Finding[] {
  return costlySources(uses, 'memory').map((use) => {
    const { name: path } = splitSource(use.source);
    return finding({
      kind: 'memory',
      sources: [use.source],
      ...perRequest(use),
      saved: savingOf([use], uses),
      remedy: excludeMemory(path, claudeVersion),
    });
  });
}

/** Hooks whose output stays in the conversation and is sent again with every request. */
export function findHooks({ uses, claudeVersion }: Evidence): Finding[] {
  return costlySources(uses, 'hook').map((use) => {
    const { name: event } = splitSource(use.source);
    return finding({
      kind: 'hook',
      sources: [use.source],
      ...perRequest(use),
      saved: savingOf([use], uses),
      remedy: dropHook(event, claudeVersion),
    });
  });
}

function costlySources({ sources, inputTokens }: SourceUses, type: 'memory' | 'hook'): SourceUse[] {
  return sources.filter(
    ({ source, tokens }) => splitSource(source).type === type && tokens > 0 && tokens >= inputTokens * MIN_SHARE,
  );
}

function perRequest({ tokens, requests }: SourceUse): { tokensEach: number; requests: number } {
  return { tokensEach: Math.round(tokens / requests), requests };
}

/** Calls and results of MCP servers that fill the conversation. */
export function findLargeResults({ uses, claudeVersion }: Evidence): Finding[] {
  return uses.sources.flatMap((use): Finding[] => {
    const calls = use.funnel?.called ?? 0;
    const tokens = use.tokens - (use.idleTokens ?? 0);
    const { type } = splitSource(use.source);
    if (type !== 'mcp' || calls === 0 || tokens < uses.inputTokens * LARGE_SHARE) return [];
    return [
      finding({
        kind: 'large_results',
        sources: [use.source],
        calls,
        tokens,
        share: tokens / uses.inputTokens,
        saved: null,
        remedy: limitMcpOutput(RESULT_LIMIT, claudeVersion),
      }),
    ];
  });
}

/** Definitions of tools that are used, loaded with every request although a search could load them on demand. */
export function findLoadedInFull({ uses, claudeVersion }: Evidence): Finding[] {
  const tools = uses.tools.filter(
    ({ called, listed, loaded, tokens }) => called > 0 && listed > 0 && (loaded ?? 0) > listed / 2 && tokens > 0,
  );
  const saved = savingOf(tools.map(costBeyondName), uses);
  if (tools.length === 0 || saved.share < MIN_SHARE) return [];
  const servers = [...new Set(tools.map(({ source }) => source))];
  const requests = Math.max(...tools.map(({ loaded }) => loaded ?? 0));
  return [
    finding({
      kind: 'loaded_in_full',
      sources: servers,
      tools: tools.map(({ tool }) => tool),
      requests,
      saved,
      certainty: 'medium',
      remedy: deferTools(claudeVersion),
    }),
  ];
}

function costBeyondName({ tool, tokens, costUsd, loaded }: ToolUse): { tokens: number; costUsd: number | null } {
  const nameTokens = Math.ceil(tool.length / LETTERS_PER_TOKEN) * (loaded ?? 0);
  const rest = Math.max(0, tokens - nameTokens);
  return { tokens: rest, costUsd: costUsd === null ? null : (costUsd * rest) / tokens };
}

/** Servers that are used so rarely that they need not be there all the time. */
export function findRarelyUsed({ uses, claudeVersion }: Evidence): Finding[] {
  return uses.sources.flatMap((use): Finding[] => {
    const { type, name } = splitSource(use.source);
    const calls = use.funnel?.called ?? 0;
    const isRare = calls > 0 && use.requests >= MIN_REQUESTS && calls < use.requests * RARE_CALLS;
    const saved = savingOf([idleCost(use)], uses);
    if (type !== 'mcp' || !isRare || saved.share < MIN_SHARE) return [];
    return [
      finding({
        kind: 'rarely_used',
        sources: [use.source],
        calls,
        requests: use.requests,
        sessions: use.sessions,
        saved,
        remedy: disableServer(name, claudeVersion, pluginOfServer(uses.sources, use.source)),
      }),
    ];
  });
}

/** Sources of badly rated requests. It may be chance: a rating counts for everything that a request carried. */
export function findLowRated(evidence: Evidence): Finding[] {
  const { uses, ratings } = evidence;
  return ratings.flatMap(({ source, feedbackCount, averageRating }): Finding[] => {
    const use = uses.sources.find((each) => each.source === source);
    const remedy = remedyFor(source, evidence);
    if (use === undefined || remedy === null || feedbackCount < MIN_RATINGS) return [];
    if (averageRating === null || averageRating >= 0) return [];
    return [
      finding({
        kind: 'low_rated',
        sources: [source],
        ratings: feedbackCount,
        averageRating,
        saved: savingOf([idleCost(use)], uses),
        certainty: certaintyOf(use) === 'high' ? 'medium' : 'low',
        remedy,
      }),
    ];
  });
}

/** Null for sources without a setting, and for those that Claude Code needs. */
function remedyFor(source: string, { uses, claudeVersion: version }: Evidence): Remedy | null {
  const { type, name } = splitSource(source);
  switch (type) {
    case 'mcp':
      return disableServer(name, version, pluginOfServer(uses.sources, source));
    case 'skill': {
      const part = pluginPart(name);
      if (part === null) return hideSkills([name], version);
      return hidePrefixedSkills([name], prefixOf(uses.sources, part.plugin), version);
    }
    case 'agent':
      return isNeededAgent(name) ? null : denyAgents([name], version);
    case 'memory':
      return excludeMemory(name, version);
    case 'hook':
      return dropHook(name, version);
    case 'tool':
      return DISPENSABLE_TOOLS.has(name) ? denyBuiltInTools([name], version) : null;
    default:
      return null;
  }
}

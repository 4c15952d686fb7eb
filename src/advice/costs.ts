import { splitSource } from '../model/source.js';
import type { SourceUse, ToolUse } from '../store/index.js';
import { DISPENSABLE_TOOLS, isNeededAgent } from './built-in-tools.js';
import { certaintyOf, counted, type Evidence, type Finding, percent, savingOf } from './finding.js';
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
  type Means,
} from './settings.js';
import { pluginPart } from './things.js';
import { pluginOfServer, prefixOf } from './unused.js';

/** Of all input tokens: what costs less is not worth a thought. */
const WORTH_A_THOUGHT = 0.005;

/** Called in fewer than this part of the requests that carried it. */
const RARELY = 0.01;

/** Fewer requests do not tell how often something is used. */
const ENOUGH_REQUESTS = 100;

/** Results of a server that take this part of the input are large. */
const LARGE = 0.05;

/** Tokens of one result; Claude Code's own limit is 25,000. */
const SMALLER_RESULTS = 10_000;

/** Ratings that say something. */
const ENOUGH_RATINGS = 3;

/** Memory files that cost most: they are in every request, of use or not. */
export function findMemory({ uses, claude_version }: Evidence): Finding[] {
  return costly(uses.sources, 'memory', uses.input_tokens).map((use) => {
    const { name: path } = splitSource(use.source);
    return {
      kind: 'memory',
      sources: [use.source],
      tools: [],
      advice: `Shorten ${path}, or move what is rarely needed into a skill`,
      evidence: `About ${counted(Math.round(use.tokens / use.requests), 'token')} in each of ${counted(use.requests, 'request')}.`,
      saved: savingOf([use], uses),
      saving: 'at_most',
      certainty: 'low',
      stops: 'Claude following what it says.',
      ...excludeMemory(path, claude_version),
    };
  });
}

/** Hooks whose output stays in the conversation and is sent again with every request. */
export function findHooks({ uses, claude_version }: Evidence): Finding[] {
  return costly(uses.sources, 'hook', uses.input_tokens).map((use) => {
    const { name: event } = splitSource(use.source);
    return {
      kind: 'hook',
      sources: [use.source],
      tools: [],
      advice: `Let hooks of ${event} print less`,
      evidence: `About ${counted(Math.round(use.tokens / use.requests), 'token')} of output in each of ${counted(use.requests, 'request')}.`,
      saved: savingOf([use], uses),
      saving: 'at_most',
      certainty: 'low',
      stops: 'what else these hooks do, where they are taken out.',
      ...dropHook(event, claude_version),
    };
  });
}

function costly(sources: readonly SourceUse[], type: 'memory' | 'hook', inputTokens: number): SourceUse[] {
  return sources.filter(
    ({ source, tokens }) => splitSource(source).type === type && tokens >= inputTokens * WORTH_A_THOUGHT && tokens > 0,
  );
}

/** Calls and results of MCP servers that fill the conversation. */
export function findLargeResults({ uses, claude_version }: Evidence): Finding[] {
  return uses.sources.flatMap((use): Finding[] => {
    const called = use.funnel?.called ?? 0;
    const tokens = use.tokens - (use.idle_tokens ?? 0);
    const { type, name } = splitSource(use.source);
    if (type !== 'mcp' || called === 0 || tokens < uses.input_tokens * LARGE) return [];
    return [
      {
        kind: 'large_results',
        sources: [use.source],
        tools: [],
        advice: `Ask the MCP server ${name} for less, or let Claude Code cut its results`,
        evidence:
          `${counted(called, 'call')} and their results, sent again with every later request: ` +
          `${counted(tokens, 'token')}, ${percent(tokens / uses.input_tokens)} of the input.`,
        saved: null,
        saving: 'at_most',
        certainty: 'low',
        stops: 'Claude reading the rest of longer results.',
        ...limitMcpOutput(SMALLER_RESULTS, claude_version),
      },
    ];
  });
}

/** Definitions of tools that are used, loaded with every request: a search can load them when they are needed. */
export function findLoadedInFull({ uses, claude_version }: Evidence): Finding[] {
  const loaded = uses.tools.filter(
    (tool) => tool.called > 0 && tool.listed > 0 && (tool.loaded ?? 0) > tool.listed / 2 && tool.tokens > 0,
  );
  const saved = savingOf(loaded.map(beyondItsName), uses);
  if (loaded.length === 0 || saved.share < WORTH_A_THOUGHT) return [];
  const servers = [...new Set(loaded.map(({ source }) => source))];
  const requests = Math.max(...loaded.map((tool) => tool.loaded ?? 0));
  return [
    {
      kind: 'loaded_in_full',
      sources: servers,
      tools: loaded.map(({ tool }) => tool),
      advice: 'Load definitions of MCP tools only when a search finds them',
      evidence: `Definitions of ${counted(loaded.length, 'tool')} of ${counted(servers.length, 'server')} were loaded in up to ${counted(requests, 'request')}.`,
      saved,
      saving: 'at_most',
      certainty: 'medium',
      stops: 'nothing; the first call of a tool costs a search.',
      ...deferTools(claude_version),
    },
  ];
}

/** Letters of a name that make a token, about: a deferred tool is still listed, a line with its name. */
const LETTERS_OF_A_TOKEN = 3;

function beyondItsName({ tool, tokens, cost_usd, loaded }: ToolUse): { tokens: number; cost_usd: number | null } {
  const line = Math.ceil(tool.length / LETTERS_OF_A_TOKEN) * (loaded ?? 0);
  const left = Math.max(0, tokens - line);
  return { tokens: left, cost_usd: cost_usd === null ? null : (cost_usd * left) / tokens };
}

/** Used, but so rarely that it need not be there all the time. */
export function findRarelyUsed({ uses, claude_version }: Evidence): Finding[] {
  return uses.sources.flatMap((use): Finding[] => {
    const { type, name } = splitSource(use.source);
    const called = use.funnel?.called ?? 0;
    const saved = savingOf([{ tokens: use.idle_tokens ?? 0, cost_usd: use.idle_cost_usd }], uses);
    const isRare = called > 0 && use.requests >= ENOUGH_REQUESTS && called < use.requests * RARELY;
    if (type !== 'mcp' || !isRare || saved.share < WORTH_A_THOUGHT) return [];
    return [
      {
        kind: 'rarely_used',
        sources: [use.source],
        tools: [],
        advice: `Disable the MCP server ${name} where it is not needed`,
        evidence: `Called ${counted(called, 'time')}, carried by ${counted(use.requests, 'request')} of ${counted(use.sessions, 'session')}.`,
        saved,
        saving: 'at_most',
        certainty: 'low',
        stops: 'the server, where it is disabled.',
        ...disableServer(name, claude_version, pluginOfServer(uses.sources, use.source)),
      },
    ];
  });
}

/** Sources of requests whose answers were rated badly. It may be chance: a rating counts for all that a request carried. */
export function findLowRated(evidence: Evidence): Finding[] {
  const { uses, ratings } = evidence;
  return ratings.flatMap(({ source, feedback_count, average_rating }): Finding[] => {
    const use = uses.sources.find((each) => each.source === source);
    if (use === undefined || feedback_count < ENOUGH_RATINGS) return [];
    if (average_rating === null || average_rating >= 0) return [];
    const means = meansFor(use, evidence);
    if (means === null) return [];
    return [
      {
        kind: 'low_rated',
        sources: [source],
        tools: [],
        advice: `See whether ${source} does more harm than good`,
        evidence: `Requests that carried it were rated ${average_rating.toFixed(2)} on average, ${counted(feedback_count, 'rating')}.`,
        saved: savingOf([{ tokens: use.idle_tokens ?? 0, cost_usd: use.idle_cost_usd }], uses),
        saving: 'at_most',
        certainty: certaintyOf(use) === 'high' ? 'medium' : 'low',
        stops: `${source}, where it is left out.`,
        ...means,
      },
    ];
  });
}

function meansForSkill(name: string, sources: readonly SourceUse[], version: string | null): Means {
  const part = pluginPart(name);
  return part === null
    ? hideSkills([name], version)
    : hidePrefixedSkills([name], prefixOf(sources, part.plugin), version);
}

/** Null for what nothing leaves out, and what Claude Code cannot do without. */
function meansFor({ source }: SourceUse, { uses, claude_version: version }: Evidence): Means | null {
  const { type, name } = splitSource(source);
  switch (type) {
    case 'mcp':
      return disableServer(name, version, pluginOfServer(uses.sources, source));
    case 'skill':
      return meansForSkill(name, uses.sources, version);
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

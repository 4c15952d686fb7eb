import { type Source, type SourceType, splitSource } from '../model/source.js';
import type { SourceUse, ToolUse } from '../store/index.js';
import {
  type Certainty,
  certaintyOf,
  counted,
  type Evidence,
  type Finding,
  type FindingKind,
  savingOf,
} from './finding.js';
import { denyAgents, denyTools, disableServer, hideSkills, type Setting } from './settings.js';

/** Without these Claude Code cannot do its work; without ToolSearch it would load every definition. */
const NEEDED_TOOLS: ReadonlySet<string> = new Set([
  'Agent',
  'Bash',
  'Edit',
  'Glob',
  'Grep',
  'Read',
  'Skill',
  'Task',
  'ToolSearch',
  'Write',
]);

/** What requests carried and no answer ever called. */
export function findUnused(evidence: Evidence): Finding[] {
  const { sources, tools } = evidence.uses;
  const unused = sources.filter(isUnused);
  const ofType = (wanted: SourceType) => unused.filter(({ source }) => splitSource(source).type === wanted);
  const names = (uses: readonly SourceUse[]) => uses.map(({ source }) => splitSource(source).name);
  const servers = ofType('mcp');
  const dropped = new Set<Source>(servers.map(({ source }) => source));
  return [
    ...servers.map((use) => unusedServer(evidence, use)),
    ...unusedServerTools(evidence, tools, dropped),
    ...grouped(evidence, 'unused_tools', 'built-in tool', ofType('tool').filter(isDispensable), (uses) =>
      denyTools(names(uses)),
    ),
    ...grouped(evidence, 'unused_skills', 'skill', ofType('skill'), (uses) => hideSkills(names(uses))),
    ...grouped(evidence, 'unused_agents', 'agent', ofType('agent'), (uses) => denyAgents(names(uses))),
  ];
}

/** What is not idle was used, even where nobody saw the call: a skill that the person started, results of a resumed session. */
function isUnused({ funnel, tokens, idle_tokens }: SourceUse): boolean {
  return funnel !== null && funnel.called === 0 && tokens > 0 && idle_tokens === tokens;
}

function isDispensable({ source }: SourceUse): boolean {
  return !NEEDED_TOOLS.has(splitSource(source).name);
}

function idleCost({ idle_tokens, idle_cost_usd }: SourceUse) {
  return { tokens: idle_tokens ?? 0, cost_usd: idle_cost_usd };
}

function unusedServer({ uses }: Evidence, use: SourceUse): Finding {
  const { name } = splitSource(use.source);
  return {
    kind: 'unused_server',
    sources: [use.source],
    tools: [],
    advice: `Disable the MCP server ${name}`,
    evidence: `In ${counted(use.requests, 'request')} of ${counted(use.sessions, 'session')}, never called.`,
    saved: savingOf([idleCost(use)], uses),
    saving: 'measured',
    certainty: certaintyOf(use),
    settings: disableServer(name),
  };
}

/** Of servers that are used. Definitions only: what loads them is the search for tools, or nothing at all. */
function unusedServerTools({ uses }: Evidence, tools: readonly ToolUse[], dropped: ReadonlySet<Source>): Finding[] {
  const idle = tools.filter((tool) => tool.called === 0 && tool.tokens > 0 && !dropped.has(tool.source));
  return [...new Set(idle.map(({ source }) => source))].map((source) => {
    const own = idle.filter((tool) => tool.source === source);
    const all = tools.filter((tool) => tool.source === source);
    const requests = Math.min(...own.map(({ loaded }) => loaded ?? 0));
    const sessions = uses.sources.find((use) => use.source === source)?.sessions ?? 0;
    return {
      kind: 'unused_server_tools',
      sources: [source],
      tools: own.map(({ tool }) => tool),
      advice: `Deny ${counted(own.length, 'tool')} of the MCP server ${splitSource(source).name}`,
      evidence: `${own.length} of its ${counted(all.length, 'tool')} were loaded in ${counted(requests, 'request')} or more and never called.`,
      saved: savingOf(own, uses),
      saving: 'measured',
      certainty: certaintyOf({ requests, sessions }),
      settings: denyTools(own.map(({ tool }) => tool)),
    };
  });
}

const SHOWN_NAMES = 5;

/** One finding for all that are equally certain: one setting drops them together. */
function grouped(
  { uses }: Evidence,
  kind: FindingKind,
  what: string,
  unused: readonly SourceUse[],
  settings: (uses: readonly SourceUse[]) => Setting[],
): Finding[] {
  const levels: Certainty[] = ['high', 'medium', 'low'];
  return levels.flatMap((certainty): Finding[] => {
    const own = unused.filter((use) => certaintyOf(use) === certainty);
    if (own.length === 0) return [];
    const names = own.slice(0, SHOWN_NAMES).map(({ source }) => splitSource(source).name);
    const more = own.length > names.length ? `, and ${own.length - names.length} more` : '';
    const least = (count: (use: SourceUse) => number) => Math.min(...own.map(count));
    return [
      {
        kind,
        sources: own.map(({ source }) => source),
        tools: [],
        advice: `Leave out ${counted(own.length, what)}: ${names.join(', ')}${more}`,
        evidence:
          `${own.length === 1 ? 'In' : 'Each in at least'} ${counted(
            least(({ requests }) => requests),
            'request',
          )} of ` +
          `${counted(
            least(({ sessions }) => sessions),
            'session',
          )}, never called.`,
        saved: savingOf(own.map(idleCost), uses),
        saving: 'measured',
        certainty,
        settings: settings(own),
      },
    ];
  });
}

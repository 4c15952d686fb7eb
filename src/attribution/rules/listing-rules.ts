import { ALL, HARNESS, HARNESS_AND_SYSTEM, HARNESS_AND_TAIL, NEW, NEWEST } from './rule-places.js';
import type { Place, TextRule } from './rules.js';

const EVERYWHERE: readonly Place[] = [...HARNESS_AND_SYSTEM, 'tail'];

/** Rows for listings: tools, servers, skills, agents, commands. Frames stand first: an entry counts only under its frame. */
export const LISTING_RULES: readonly TextRule[] = [
  {
    id: 'tool-listing',
    marker:
      /The following (?:deferred )?tools (?:are|were|have|just) |\d+ (?:deferred tools are|previously-announced MCP tools are) |Definitions of the following tools were loaded |The earlier error that said the following tools cannot run|Some available tools' schemas are not loaded|# Unavailable MCP Tools|<available-deferred-tools>/y,
    places: EVERYWHERE,
    source: () => 'framework:tool-listing',
    part: 'listing',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'server-listing',
    marker:
      /The following MCP servers (?:are|require|have disconnected|provide Claude)|The person has connected these apps/y,
    places: EVERYWHERE,
    within: ['tool-listing', 'tool-entry'],
    resumes: true,
    source: () => 'framework:tool-listing',
    part: 'listing',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'server-entry',
    marker: /(?:- )?(\S[^\n]*)(?:\n|$)/y,
    places: EVERYWHERE,
    within: ['server-listing', 'server-entry'],
    onlyWithin: true,
    source: ([, line = ''], context) => {
      const colon = line.indexOf(': ');
      const server = context.knownServer(line) ?? (colon === -1 ? null : context.knownServer(line.slice(0, colon)));
      return server === null ? null : `mcp:${server}`;
    },
    part: 'listing',
    extent: 'entry',
    seen: NEW,
  },
  {
    id: 'tool-entry',
    marker: /(?:- )?(mcp__[\w-]+|[A-Z][A-Za-z]+)[ \t]*(?:\n|$)/y,
    places: EVERYWHERE,
    within: ['tool-listing', 'tool-entry'],
    onlyWithin: true,
    source: ([, name = ''], context) => context.toolSource(name),
    part: 'listing',
    extent: 'entry',
    seen: NEW,
  },
  {
    id: 'tool-listing-end',
    marker: /<\/available-deferred-tools>/y,
    places: HARNESS,
    within: ['tool-listing', 'tool-entry'],
    onlyWithin: true,
    source: () => 'framework:tool-listing',
    part: 'listing',
    seen: '2.1.100',
  },
  {
    id: 'restored-skills',
    marker: /The following skills were invoked EARLIER/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:skill-listing',
    part: 'listing',
    extent: 'listing',
    seen: NEWEST,
  },
  {
    id: 'restored-skill',
    marker: /### Skill: ([^\n]+)\nPath: /y,
    places: HARNESS_AND_TAIL,
    within: ['restored-skills', 'restored-skill'],
    onlyWithin: true,
    resumes: true,
    source: ([, name = ''], context) => skillSource(name.trim(), context),
    part: 'body',
    extent: { reach: 'open', because: 'a skill holds blank lines; the next one’s heading or nothing marks its end' },
    seen: NEWEST,
  },
  {
    id: 'skill-listing',
    marker: /[^\n]*\bskills are (?:now |also )?available\b|New skills discovered in /y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:skill-listing',
    part: 'listing',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'skill-entry',
    marker: /- ([^\s:`](?:[^\s:`]|:(?! ))*)(?:: |\n|$)/y,
    places: HARNESS_AND_TAIL,
    within: ['skill-listing', 'skill-entry'],
    onlyWithin: true,
    source: ([, name = ''], context) => skillSource(name, context),
    part: 'listing',
    extent: 'list-entry',
    seen: '2.1.50 - 2.1.332',
  },
  {
    id: 'agent-listing',
    marker:
      /Available agent types|[^\n]*\bagent types are (?:now |no longer )?available\b|New agent types|When you launch multiple agents for independent work/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:agent-listing',
    part: 'listing',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'agent-entry',
    // A name has no spaces: the usage notes of the Agent tool are a list, too, with colons in it.
    marker: /- ([^\s:`](?:[^\s:`]|:(?! ))*)(?:: |\n|$)/y,
    places: [...HARNESS_AND_TAIL, 'definition'],
    within: ['agent-listing', 'agent-definition', 'agent-entry'],
    onlyWithin: true,
    source: ([, name]) => `agent:${name}`,
    part: 'listing',
    extent: 'entry',
    seen: ALL,
  },
  {
    id: 'agent-definition',
    // Later definitions only say where such a list stands, and have other lists behind that.
    marker: /Available agent types[^\n]*:\n/y,
    places: ['definition'],
    part: 'definition',
    extent: 'listing',
    seen: '2.0.30',
  },
  {
    id: 'skill-definition',
    marker: /<available_skills>|Available skills:\n/y,
    places: ['definition'],
    part: 'definition',
    extent: 'listing',
    seen: '2.0.30, 2.1.1',
  },
  {
    id: 'skill-line',
    // A description may end with a blank line, so entries do not stand close here.
    marker: /- ([^\s:`](?:[^\s:`]|:(?! ))*): /y,
    places: ['definition'],
    within: ['skill-definition', 'skill-line'],
    onlyWithin: true,
    resumes: true,
    source: ([, name]) => `skill:${name}`,
    part: 'listing',
    extent: 'entry',
    seen: '2.1.1, 2.1.50',
  },
  {
    id: 'skill-element',
    marker: /<skill>\s{0,9}<name>([^<]*)<\/name>/y,
    places: ['definition'],
    within: ['skill-definition', 'skill-element'],
    onlyWithin: true,
    resumes: true,
    source: ([, name = '']) => `skill:${name.trim()}`,
    part: 'listing',
    extent: { reach: 'until', phrase: '</skill>', included: true },
    seen: '2.0.30',
  },
  {
    id: 'command-definition',
    marker: /Available Commands:/y,
    places: ['definition'],
    anyLine: true,
    part: 'definition',
    extent: 'listing',
    seen: '2.0.0, 2.0.30',
  },
  {
    id: 'command-entry',
    marker: /- \/([^\s:]+)[^\n]*/y,
    places: ['definition'],
    within: ['command-definition', 'command-entry'],
    onlyWithin: true,
    resumes: true,
    source: ([, name]) => `command:${name}`,
    part: 'listing',
    extent: 'entry',
    seen: '2.0.30',
  },
  {
    id: 'definition-end',
    marker: /<\/available_skills>|Notes:/y,
    places: ['definition'],
    within: ['skill-definition', 'skill-element', 'command-entry'],
    onlyWithin: true,
    part: 'definition',
    seen: '2.0.30',
  },
];

/** The prompts of MCP servers are listed among the skills: they are the server's, as everywhere. */
function skillSource(name: string, context: { toolSource(name: string): string }): string {
  const source = context.toolSource(name);
  return source.startsWith('mcp:') ? source : `skill:${name}`;
}

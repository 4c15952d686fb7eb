import {
  AGENT_LISTING,
  ALL,
  HARNESS,
  HARNESS_AND_SYSTEM,
  HARNESS_AND_TAIL,
  NEW,
  NEWEST,
  type Place,
  rule,
  SKILL_LISTING,
  type TextRule,
  TOOL_LISTING,
  through,
} from './rule.js';

const EVERYWHERE: readonly Place[] = [...HARNESS_AND_SYSTEM, 'tail'];

/** Listings of tools, servers, skills, agents and commands. The frame comes first: an entry counts only under its frame. */
export const LISTING_RULES: readonly TextRule[] = [
  rule(
    'tool-listing',
    /The following (?:deferred )?tools (?:are|were|have|just) |\d+ (?:deferred tools?|previously-announced MCP tools?) (?:is|are) |Definitions of the following tools were loaded |The earlier error that said the following tools cannot run|Some available tools' schemas are not loaded|# Unavailable MCP Tools|<available-deferred-tools>/y,
    EVERYWHERE,
    NEW,
    { ...TOOL_LISTING, reach: 'listing' },
  ),
  rule(
    'server-listing',
    /The following MCP servers (?:are|require|have disconnected|provide Claude)|The person has connected these apps/y,
    EVERYWHERE,
    NEW,
    { ...TOOL_LISTING, within: ['tool-listing', 'tool-entry'], resumes: true, reach: 'listing' },
  ),
  rule('server-entry', /(?:- )?(\S[^\n]*)(?:\n|$)/y, EVERYWHERE, NEW, {
    onlyWithin: ['server-listing', 'server-entry'],
    source: ([, line = ''], context) => {
      const colon = line.indexOf(': ');
      const server = context.knownServer(line) ?? (colon === -1 ? null : context.knownServer(line.slice(0, colon)));
      return server === null ? null : `mcp:${server}`;
    },
    part: 'listing',
    reach: 'entry',
  }),
  rule('tool-entry', /(?:- )?(mcp__[\w-]+|[A-Z][A-Za-z]+)[ \t]*(?:\n|$)/y, EVERYWHERE, NEW, {
    onlyWithin: ['tool-listing', 'tool-entry'],
    source: ([, name = ''], context) => context.toolSource(name),
    part: 'listing',
    reach: 'entry',
  }),
  rule('tool-listing-end', /<\/available-deferred-tools>/y, HARNESS, '2.1.100', {
    ...TOOL_LISTING,
    onlyWithin: ['tool-listing', 'tool-entry'],
  }),
  rule('restored-skills', /The following skills were invoked EARLIER/y, HARNESS_AND_TAIL, NEWEST, {
    ...SKILL_LISTING,
    reach: 'listing',
  }),
  // A skill holds blank lines; only the next one's heading marks its end.
  rule('restored-skill', /### Skill: ([^\n]+)\nPath: /y, HARNESS_AND_TAIL, NEWEST, {
    onlyWithin: ['restored-skills', 'restored-skill'],
    resumes: true,
    source: ([, name = ''], context) => skillSource(name.trim(), context),
    part: 'body',
    reach: 'open',
  }),
  rule(
    'skill-listing',
    /(?:[^\s]+ ){0,6}skills are (?:now |also )?available\b|New skills discovered in /y,
    HARNESS_AND_TAIL,
    NEW,
    { ...SKILL_LISTING, reach: 'listing' },
  ),
  rule('skill-entry', /- ([^\s:`](?:[^\s:`]|:(?! ))*)(?:: |\n|$)/y, HARNESS_AND_TAIL, '2.1.50 - 2.1.332', {
    onlyWithin: ['skill-listing', 'skill-entry'],
    source: ([, name = ''], context) => skillSource(name, context),
    part: 'listing',
    reach: 'list-entry',
  }),
  rule(
    'agent-listing',
    /Available agent types|(?:[^\s]+ ){0,6}agent types are (?:now |no longer )?available\b|New agent types/y,
    HARNESS_AND_TAIL,
    NEW,
    { ...AGENT_LISTING, reach: 'listing' },
  ),
  rule('agent-note', /When you launch multiple agents for independent work/y, HARNESS_AND_TAIL, NEW, {
    ...AGENT_LISTING,
    within: ['agent-listing', 'agent-entry'],
    resumes: true,
  }),
  // A name has no spaces: the usage notes of the Agent tool are a list, too, with colons in it.
  rule('agent-entry', /- ([^\s:`](?:[^\s:`]|:(?! ))*)(?:: |\n|$)/y, [...HARNESS_AND_TAIL, 'definition'], ALL, {
    onlyWithin: ['agent-listing', 'agent-definition', 'agent-entry'],
    source: ([, name]) => `agent:${name}`,
    part: 'listing',
    reach: 'entry',
  }),
  // Later definitions only say where such a list is, and have other lists behind that.
  rule('agent-definition', /Available agent types[^\n]*:\n/y, ['definition'], '2.0.30', {
    part: 'definition',
    reach: 'listing',
  }),
  rule('skill-definition', /<available_skills>|Available skills:\n/y, ['definition'], '2.0.30, 2.1.1', {
    part: 'definition',
    reach: 'listing',
  }),
  // A description may end with a blank line, so blank lines may separate these entries.
  rule('skill-line', /- ([^\s:`](?:[^\s:`]|:(?! ))*): /y, ['definition'], '2.1.1, 2.1.50', {
    onlyWithin: ['skill-definition', 'skill-line'],
    resumes: true,
    source: ([, name]) => `skill:${name}`,
    part: 'listing',
    reach: 'entry',
  }),
  rule('skill-element', /<skill>\s{0,9}<name>([^<]*)<\/name>/y, ['definition'], '2.0.30', {
    onlyWithin: ['skill-definition', 'skill-element'],
    resumes: true,
    source: ([, name = '']) => `skill:${name.trim()}`,
    part: 'listing',
    reach: through('</skill>'),
  }),
  rule('command-definition', /Available Commands:/y, ['definition'], '2.0.0, 2.0.30', {
    anyLine: true,
    part: 'definition',
    reach: 'listing',
  }),
  rule('command-entry', /- \/([^\s:]+)[^\n]*/y, ['definition'], '2.0.30', {
    onlyWithin: ['command-definition', 'command-entry'],
    resumes: true,
    source: ([, name]) => `command:${name}`,
    part: 'listing',
    reach: 'entry',
  }),
  rule('definition-end', /<\/available_skills>|Notes:/y, ['definition'], '2.0.30', {
    onlyWithin: ['skill-definition', 'skill-element', 'command-entry'],
    part: 'definition',
  }),
];

/** Prompts of MCP servers are listed among the skills, but belong to their server. */
function skillSource(name: string, context: { toolSource(name: string): string }): string {
  const source = context.toolSource(name);
  return source.startsWith('mcp:') ? source : `skill:${name}`;
}

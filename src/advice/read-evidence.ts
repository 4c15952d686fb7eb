import { headerOf } from '../base/headers.js';
import type { McpForm } from '../model/mcp.js';
import type { McpServerFigures, McpToolFigures } from '../model/mcp-figures.js';
import type { RequestSummary } from '../model/request.js';
import type { SessionSummary } from '../model/session.js';
import type { Source } from '../model/source.js';
import type { Reader, SourceUseFilter } from '../store/index.js';
import { type Evidence, REDUCED_FORMS, type ServerEvidence } from './finding.js';
import { ENOUGH } from './too-short.js';
import { claudeVersion } from './versions.js';

/** Sessions searched for the newest one of each project. */
const MAX_SESSIONS = 100;

/** Tools of a server that are named. */
const MAX_TOOLS = 20;

/** Requests searched for the newest one of the main conversation: mostly one of the last few, and each costs 0.2 ms. */
const REQUESTS = [5, 100];

/** Evidence from the requests that match. @throws StoreError */
export function readEvidence(reader: Reader, filter: SourceUseFilter): Evidence {
  const { rows, total } = reader.stats(filter, { by: 'source' });
  const newest = newestRequests(reader, filter);
  return {
    uses: reader.sourceUses(filter),
    cacheMisses: reader.cacheMisses(filter),
    ratings: rows.map(({ key, feedbackCount, averageRating }) => ({
      source: key ?? 'unknown',
      feedbackCount: feedbackCount,
      averageRating: averageRating,
    })),
    costUsd: total.costUsd,
    activity: reader.activity(filter, ENOUGH.prompts),
    claudeVersion: newest[0] === undefined ? null : versionOf(reader, newest[0].request.id),
    current: newest.length === 0 ? null : projectsOfSources(newest),
    servers: readServers(reader, filter),
  };
}

function readServers(reader: Reader, filter: SourceUseFilter): ServerEvidence[] {
  const tools = reader.mcpTools(filter).filter(({ method }) => method === 'tools/call');
  return reader.mcpServers(filter).map((figures) =>
    serverEvidence(
      reader,
      filter,
      figures,
      tools.filter(({ server }) => server === figures.server),
    ),
  );
}

function serverEvidence(
  reader: Reader,
  filter: SourceUseFilter,
  figures: McpServerFigures,
  tools: readonly McpToolFigures[],
): ServerEvidence {
  const { server, reducedCalls, instructions } = figures;
  const definitions = [
    ...tools.map(({ name, definition }) => ({ name, ...definition })),
    { name: '', ...instructions },
  ];
  const shortened = definitions.flatMap(({ name, bytesSaid = 0, bytesGot = null }) =>
    bytesGot !== null && bytesGot < bytesSaid ? [{ name, bytesSaid, bytesGot }] : [],
  );
  if (reducedCalls === 0) return { figures, reduced: [], reducedTools: [], shortened };
  const count = (more: { form: McpForm; tool?: string }) =>
    reader.countMcpCalls({ ...filter, server, altered: false, ...more });
  const reduced = REDUCED_FORMS.map((form) => ({ form, results: count({ form }) }));
  const mostReduced = tools.toSorted((a, b) => b.reducedCalls - a.reducedCalls).slice(0, MAX_TOOLS);
  const isReduced = (tool: string) => REDUCED_FORMS.some((form) => count({ form, tool }) > 0);
  return {
    figures,
    reduced: reduced.filter(({ results }) => results > 0),
    reducedTools: mostReduced.flatMap((tool) => (tool.reducedCalls > 0 && isReduced(tool.name) ? [tool.name] : [])),
    shortened,
  };
}

interface Newest {
  request: RequestSummary;
  project: string;
}

function projectsOfSources(newest: readonly Newest[]): Map<Source, string[]> {
  const projects = new Map<Source, string[]>();
  for (const { request, project } of newest) {
    for (const { source } of request.sources) projects.set(source, [...(projects.get(source) ?? []), project]);
  }
  return projects;
}

/** The last billed request of the main conversation in the newest session of each project, the newest first. */
function newestRequests(reader: Reader, filter: SourceUseFilter): Newest[] {
  const { since, until, sessionId } = filter;
  const sessions = sessionId === undefined ? newestSessions(reader, filter) : [{ id: sessionId }];
  return sessions.flatMap(({ id }) => {
    for (const limit of REQUESTS) {
      const rows = reader.page({ sessionId: id, since, until }, { limit });
      const newest = rows.find(({ purpose, tokens }) => purpose === 'main' && tokens.known === 'exact');
      if (newest !== undefined) return [{ request: newest, project: reader.session(id).cwd }];
    }
    return [];
  });
}

function newestSessions(reader: Reader, { since, until, project }: SourceUseFilter): { id: string }[] {
  const { rows } = reader.sessions({ since, project }, { limit: MAX_SESSIONS });
  const projects = new Map<string, SessionSummary>();
  for (const session of rows) {
    const isLater = until !== undefined && session.firstSeen.getTime() >= until;
    if (!isLater && !projects.has(session.cwd)) projects.set(session.cwd, session);
  }
  return [...projects.values()];
}

/** The version of Claude Code that sent a request; null where it is not known. */
export function versionOf(reader: Reader, requestId: string): string | null {
  return claudeVersion(headerOf(reader.request(requestId).requestHeaders, 'user-agent'));
}

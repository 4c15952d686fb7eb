import { headersOf } from '../../../base/headers.js';
import { RecentMap } from '../../../base/recent-map.js';
import type { HeaderList } from '../../../model/exchange.js';
import type { AssembledMessage } from '../../../model/message.js';
import type { ThreadContext } from '../../../model/segment.js';
import type { Source } from '../../../model/source.js';
import { type Budget, UNLIMITED } from '../../budget.js';
import { agentIdsIn } from '../../segments/agent-ids.js';
import { bodyParts } from '../../segments/body-parts.js';
import { callOf, instructedServers } from '../../segments/conversation.js';
import { listedSkills } from '../../segments/listed-skills.js';
import { isMarkedSubagent } from '../../segments/subagent.js';
import { type AgentTasks, createAgentTasks, type Task } from './agent-tasks.js';
import { mentionedIds, typedCommands } from './mentioned-names.js';

/** A request to recognize. The ids are Claude Code's, null where the version does not send them. */
interface SessionRequest {
  sessionId: string | null;
  agentId: string | null;
  /** Parsed request JSON. */
  body: unknown;
  headers?: HeaderList;
}

/** Remembers the subagents, MCP servers and skills of each Claude session. */
export interface SessionMemory {
  recognize(request: SessionRequest, budget?: Budget): Recognized;
  /** Learns from a finished exchange: its history, and the calls in its answer. */
  learn(exchange: { sessionId: string | null; body: unknown; message: AssembledMessage | null }, budget?: Budget): void;
}

interface Session {
  servers: Set<string>;
  skills: RecentMap<string, true>;
  /** Its subagents' requests carry agent ids. */
  namesAgents: boolean;
  tasks: AgentTasks;
  /** Tasks of recognized agents by agent id: after a compaction their first text is no longer the prompt. */
  agents: RecentMap<string, Task>;
  /** Sources of tool calls and agents by id or name. */
  origins: RecentMap<string, Source>;
}

/** What the session knows about a request. */
export interface Recognized {
  context: ThreadContext;
  /** `tool_use` id of the call that started this subagent; null elsewhere, and when it was not seen. */
  startedBy: string | null;
}

/** Versions before 2.0 send no session: all their requests share one memory. */
const NO_SESSION = '';
const MAX_SESSIONS = 64;
const MAX_AGENTS = 500;
const MAX_ORIGINS = 5_000;
const MAX_SKILLS = 2_000;
const CLASS = 'x-claude-code-request-class';

export function createSessionMemory(): SessionMemory {
  const sessions = new RecentMap<string, Session>(MAX_SESSIONS);

  const sessionOf = (id: string | null): Session =>
    sessions.take(id ?? NO_SESSION, () => ({
      servers: new Set(),
      skills: new RecentMap(MAX_SKILLS),
      namesAgents: false,
      tasks: createAgentTasks(),
      agents: new RecentMap(MAX_AGENTS),
      origins: new RecentMap(MAX_ORIGINS),
    }));

  return {
    recognize({ sessionId, agentId, body, headers = [] }, budget = UNLIMITED) {
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body, budget)) session.servers.add(server);
      session.namesAgents ||= agentId !== null;
      const subagent = agentId !== null || isSubagentClass(headers) || isMarkedSubagent(body);
      // A version that sends agent ids sends none with the main conversation, whatever the user types there.
      const isMain = !subagent && session.namesAgents;
      const known = agentId === null ? undefined : session.agents.get(agentId);
      const task = isMain ? undefined : (known ?? session.tasks.find(body, subagent));
      if (task !== undefined && agentId !== null) session.agents.set(agentId, task);
      return { context: contextOf(session, body, task, subagent, budget), startedBy: task?.callId ?? null };
    },

    learn({ sessionId, body, message }, budget = UNLIMITED) {
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body, budget)) session.servers.add(server);
      const { blocks: sent, harnessTexts } = bodyParts(body, budget);
      for (const skill of listedSkills(harnessTexts)) session.skills.set(skill, true);
      const blocks = [...sent, ...(message?.content ?? [])];
      for (const block of blocks) {
        session.tasks.learn(block);
        const call = typeof block.id === 'string' ? callOf(block, session.servers) : null;
        if (call !== null && typeof block.id === 'string') session.origins.set(block.id, call.source);
      }
      const ids = agentIdsIn(blocks, (id) => session.origins.get(id) ?? null);
      for (const [id, source] of ids) session.origins.set(id, source);
    },
  };
}

function contextOf(
  session: Session,
  body: unknown,
  task: Task | undefined,
  subagent: boolean,
  budget: Budget,
): ThreadContext {
  const { blocks, harnessTexts: texts } = bodyParts(body, budget);
  const calls = new Set(blocks.map(({ id }) => id));
  const origins = [...mentionedIds(texts)].flatMap((id): [string, Source][] => {
    const source = calls.has(id) ? undefined : session.origins.get(id);
    return source === undefined ? [] : [[id, source]];
  });
  const skills = [...typedCommands(texts)].filter((name) => session.skills.get(name) === true);
  return {
    knownServers: [...session.servers],
    agent: task?.agent ?? null,
    ...(subagent ? { subagent } : {}),
    ...(origins.length > 0 ? { origins: Object.fromEntries(origins) } : {}),
    ...(skills.length > 0 ? { skills } : {}),
  };
}

function isSubagentClass(headers: HeaderList): boolean {
  return headersOf(headers, CLASS).some((value) => value === 'subagent' || value === 'workflow');
}

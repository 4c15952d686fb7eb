import type { AssembledMessage } from '../../model/message.js';
import type { ThreadContext } from '../../model/segment.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { isObject, type JsonObject, stringOr } from '../json.js';
import { Recent } from '../recent.js';
import { blocksOf, instructedServers, messagesOf } from '../segments/conversation.js';
import { agentName, isAgentTool } from '../segments/tool-source.js';

/** Which request is asked about. The ids are Claude Code's, null where the version does not send them. */
interface SessionRequest {
  sessionId: string | null;
  agentId: string | null;
  /** Parsed request JSON. */
  body: unknown;
}

/** A small memory of each Claude session: who its subagents are and which MCP servers it has. */
export interface SessionMemory {
  recognise(request: SessionRequest, budget?: Budget): Recognised;
  /** What a finished exchange teaches: its history, and the calls in its answer. */
  learn(exchange: { sessionId: string | null; body: unknown; message: AssembledMessage | null }, budget?: Budget): void;
}

interface Session {
  servers: Set<string>;
  /** Its subagents' requests carry agent ids. */
  namesAgents: boolean;
  /** Agents by the prompt they were called with. */
  tasks: Recent<string, Task>;
  /** Agents already recognised, by agent id: after a compaction their first text is no longer the prompt. */
  agents: Recent<string, Task>;
}

/** The call that started an agent. */
interface Task {
  agent: NonNullable<ThreadContext['agent']>;
  /** `tool_use` id; null when the block has none. */
  callId: string | null;
}

/** What the session tells of a request. */
export interface Recognised {
  context: ThreadContext;
  /** `tool_use` id of the call that started this subagent; null elsewhere, and when it was not seen. */
  startedBy: string | null;
}

/** Versions before 2.0 send no session: what their requests have in common is all there is to go by. */
const NO_SESSION = '';
const MAX_SESSIONS = 64;
const MAX_TASKS = 500;

export function createSessionMemory(): SessionMemory {
  const sessions = new Recent<string, Session>(MAX_SESSIONS);

  const sessionOf = (id: string | null): Session =>
    sessions.take(id ?? NO_SESSION, () => ({
      servers: new Set(),
      namesAgents: false,
      tasks: new Recent(MAX_TASKS),
      agents: new Recent(MAX_TASKS),
    }));

  return {
    recognise({ sessionId, agentId, body }, budget = UNLIMITED) {
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body, budget)) session.servers.add(server);
      session.namesAgents ||= agentId !== null;
      // A version that names its agents sends no name with the main conversation, whatever a person types there.
      const isMain = agentId === null && session.namesAgents;
      const known = agentId === null ? undefined : session.agents.get(agentId);
      const task = isMain ? undefined : (known ?? findTask(session, body));
      if (task !== undefined && agentId !== null) session.agents.set(agentId, task);
      const context = { knownServers: [...session.servers], agent: task?.agent ?? null };
      return { context, startedBy: task?.callId ?? null };
    },

    learn({ sessionId, body, message }, budget = UNLIMITED) {
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body, budget)) session.servers.add(server);
      for (const block of [...messagesOf(body).flatMap(blocksOf), ...(message?.content ?? [])]) {
        const task = taskOf(block);
        if (task !== null) session.tasks.set(task.agent.prompt ?? '', task);
      }
    },
  };
}

/** The task that opens the conversation: reminders may stand before it, in messages of their own, too. */
function findTask(session: Session, body: unknown): Task | undefined {
  for (const message of messagesOf(body)) {
    if (!isObject(message) || message.role === 'assistant') return undefined;
    const texts =
      typeof message.content === 'string' ? [message.content] : blocksOf(message).map((block) => block.text);
    for (const text of texts) {
      const task = typeof text === 'string' ? session.tasks.get(text.trim()) : undefined;
      if (task !== undefined) return task;
    }
  }
  return undefined;
}

function taskOf({ type, name, input, id }: JsonObject): Task | null {
  if (type !== 'tool_use' || !isAgentTool(name) || !isObject(input) || typeof input.prompt !== 'string') return null;
  if (input.prompt.trim() === '') return null;
  return { agent: { name: agentName(input), prompt: input.prompt.trim() }, callId: stringOr(id, null) };
}

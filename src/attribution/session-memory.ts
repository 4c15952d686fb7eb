import type { AssembledMessage } from '../model/message.js';
import type { ThreadContext } from '../model/segment.js';
import { blocksOf, instructedServers, messagesOf } from './conversation.js';
import { isObject, type JsonObject, stringOr } from './json.js';
import { agentName, isAgentTool } from './tool-source.js';

/** Which request is asked about. The ids are Claude Code's, null where the version does not send them. */
interface SessionRequest {
  sessionId: string | null;
  agentId: string | null;
  /** Parsed request JSON. */
  body: unknown;
}

/** A small memory of each Claude session: who its subagents are and which MCP servers it has. */
export interface SessionMemory {
  recognise(request: SessionRequest): Recognised;
  /** What a finished exchange teaches: its history, and the calls in its answer. */
  learn(exchange: { sessionId: string | null; body: unknown; message: AssembledMessage | null }): void;
}

interface Session {
  servers: Set<string>;
  /** Agents by the prompt they were called with. */
  tasks: Map<string, Task>;
  /** Agents already recognised, by agent id: after a compaction their first text is no longer the prompt. */
  agents: Map<string, Task>;
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

const MAX_SESSIONS = 64;
const MAX_TASKS = 500;

export function createSessionMemory(): SessionMemory {
  const sessions = new Map<string, Session>();

  const sessionOf = (id: string): Session => {
    const session = sessions.get(id) ?? { servers: new Set(), tasks: new Map(), agents: new Map() };
    remember(sessions, id, session, MAX_SESSIONS);
    return session;
  };

  return {
    recognise({ sessionId, agentId, body }) {
      // Requests without a session share nothing that could be told apart.
      if (sessionId === null) {
        return { context: { knownServers: instructedServers(body), agent: null }, startedBy: null };
      }
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body)) session.servers.add(server);
      const task = findTask(session, body) ?? (agentId === null ? undefined : session.agents.get(agentId));
      if (task !== undefined && agentId !== null) remember(session.agents, agentId, task, MAX_TASKS);
      const context = { knownServers: [...session.servers], agent: task?.agent ?? null };
      return { context, startedBy: task?.callId ?? null };
    },

    learn({ sessionId, body, message }) {
      if (sessionId === null) return;
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body)) session.servers.add(server);
      for (const block of [...messagesOf(body).flatMap(blocksOf), ...(message?.content ?? [])]) {
        const task = taskOf(block);
        if (task !== null) remember(session.tasks, task.agent.prompt ?? '', task, MAX_TASKS);
      }
    },
  };
}

/** The task that is the first thing said in the request: reminders may stand before it. */
function findTask(session: Session, body: unknown): Task | undefined {
  const [first] = messagesOf(body);
  if (!isObject(first) || first.role !== 'user') return undefined;
  const texts = typeof first.content === 'string' ? [first.content] : blocksOf(first).map((block) => block.text);
  for (const text of texts) {
    const task = typeof text === 'string' ? session.tasks.get(text.trim()) : undefined;
    if (task !== undefined) return task;
  }
  return undefined;
}

function taskOf({ type, name, input, id }: JsonObject): Task | null {
  if (type !== 'tool_use' || !isAgentTool(name) || !isObject(input) || typeof input.prompt !== 'string') return null;
  return { agent: { name: agentName(input), prompt: input.prompt.trim() }, callId: stringOr(id, null) };
}

/** Keeps the most recently used entries of a map. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

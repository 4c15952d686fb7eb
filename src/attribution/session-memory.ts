import type { AssembledMessage } from '../model/message.js';
import type { ThreadContext } from '../model/segment.js';
import { blocksOf, instructedServers, messagesOf } from './conversation.js';
import { isObject, type JsonObject } from './json.js';
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
  contextFor(request: SessionRequest): ThreadContext;
  /** What a finished exchange teaches: its history, and the calls in its answer. */
  learn(exchange: { sessionId: string | null; body: unknown; message: AssembledMessage | null }): void;
}

interface Session {
  servers: Set<string>;
  /** Agent names by the prompt they were called with. */
  tasks: Map<string, string>;
  /** Agents already recognised, by agent id: after a compaction their first text is no longer the prompt. */
  agents: Map<string, { name: string; prompt: string | null }>;
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
    contextFor({ sessionId, agentId, body }) {
      // Requests without a session share nothing that could be told apart.
      if (sessionId === null) return { knownServers: instructedServers(body), agent: null };
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body)) session.servers.add(server);
      const agent = findAgent(session, body) ?? (agentId === null ? undefined : session.agents.get(agentId));
      if (agent !== undefined && agentId !== null) remember(session.agents, agentId, agent, MAX_TASKS);
      return { knownServers: [...session.servers], agent: agent ?? null };
    },

    learn({ sessionId, body, message }) {
      if (sessionId === null) return;
      const session = sessionOf(sessionId);
      for (const server of instructedServers(body)) session.servers.add(server);
      for (const block of [...messagesOf(body).flatMap(blocksOf), ...(message?.content ?? [])]) {
        const task = taskOf(block);
        if (task !== null) remember(session.tasks, task.prompt, task.name, MAX_TASKS);
      }
    },
  };
}

/** The agent whose task is the first thing said in the request: reminders may stand before it. */
function findAgent(session: Session, body: unknown): { name: string; prompt: string } | undefined {
  const [first] = messagesOf(body);
  if (!isObject(first) || first.role !== 'user') return undefined;
  const texts = typeof first.content === 'string' ? [first.content] : blocksOf(first).map((block) => block.text);
  for (const text of texts) {
    const name = typeof text === 'string' ? session.tasks.get(text.trim()) : undefined;
    if (name !== undefined && typeof text === 'string') return { name, prompt: text.trim() };
  }
  return undefined;
}

function taskOf(block: JsonObject): { name: string; prompt: string } | null {
  const { type, name, input } = block;
  if (type !== 'tool_use' || !isAgentTool(name) || !isObject(input) || typeof input.prompt !== 'string') return null;
  return { name: agentName(input), prompt: input.prompt.trim() };
}

/** Keeps the most recently used entries of a map. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

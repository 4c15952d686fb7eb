import type { JsonRecord } from '../../base/json.js';
import type { AnswerPart, Entry } from './entry.js';

/** Blocks of a message, and their JSON, joined with commas. Most requests repeat them: they are made once. */
export interface Content {
  blocks: readonly JsonRecord[];
  json: Buffer;
}

/** An entry of a file, and what connects it to others. */
interface Node {
  entry: Pick<Entry, 'parent' | 'role' | 'at' | 'promptId'>;
  content: Content;
  /** `tool_use` ids of the results in it. */
  results: readonly string[];
  answer: Answer | null;
  /** Its place in the file. */
  position: number;
}

/** An answer of the API: all its lines together. */
export interface Answer extends AnswerPart {
  sessionId: string | null;
  agentId: string | null;
  cwd: string | null;
  /** The user stopped it. */
  interrupted: boolean;
  /** Unix ms of the entry before it, with which the request was sent; else of its own first entry. Null without either. */
  at: number | null;
  content: readonly Content[];
  /** `tool_use` ids of its calls. */
  calls: readonly string[];
  first: { parent: string | null; position: number };
}

/** What the model read before an answer. */
export interface Asked {
  messages: { role: 'user' | 'assistant'; content: Content[] }[];
  promptId: string | null;
}

export interface Conversation {
  /** @returns the answer that the entry belongs to, and whether the entry begins it; null where it belongs to none */
  add(entry: Entry): { answer: Answer; isNew: boolean } | null;
  asked(answer: Answer): Asked;
  /** The blocks of the answer to a recorded request; null where it is not known. */
  answerTo(requestRef: string): readonly JsonRecord[] | null;
}

/** Bytes of one file that are kept. No context window is larger; older entries were compacted, or are missing at the beginning. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Bytes that remain when old entries are removed. */
const KEPT_BYTES = (MAX_BYTES * 3) / 4;
/** Memory of an entry without text, such as a title or progress. */
const ENTRY_BYTES = 500;
const INTERRUPTED = '[Request interrupted by user';

/**
 * The tree of one transcript. A request has the entries on the path from the root to its answer. Results of tools that ran in
 * parallel are entries beside that path: each answer adds the results of its own calls.
 */
export function createConversation(): Conversation {
  const nodes = new Map<string, Node>();
  const answers = new Map<string, Answer>();
  const resultNodes = new Map<string, Node>();
  const answersByRef = new Map<string, Answer>();
  let bytes = 0;
  let position = 0;

  /** Removes many at a time: a map skips all deleted entries before it finds its first one. */
  function forgetOldest(): void {
    if (bytes <= MAX_BYTES) return;
    for (const [uuid, { content, results, answer }] of nodes) {
      if (bytes <= KEPT_BYTES) return;
      bytes -= content.json.length + ENTRY_BYTES;
      nodes.delete(uuid);
      for (const id of results) resultNodes.delete(id);
      if (answer !== null) answers.delete(answer.messageId);
      if (answer?.requestRef) answersByRef.delete(answer.requestRef);
    }
  }

  function answerOf(entry: Entry, content: Content): ReturnType<Conversation['add']> {
    if (entry.answer === null) return null;
    const { messageId, stopReason, usage } = entry.answer;
    const calls = idsIn(entry.blocks, 'tool_use', 'id');
    const known = answers.get(messageId);
    if (known !== undefined) {
      known.content = [...known.content, content];
      known.calls = [...known.calls, ...calls];
      // Each line repeats the bill: the last line with a stop reason has the whole bill.
      if (stopReason !== null || known.stopReason === null) Object.assign(known, { stopReason, usage });
      return { answer: known, isNew: false };
    }
    const { sessionId, agentId, cwd, parent } = entry;
    const before = parent === null ? undefined : nodes.get(parent);
    const answer: Answer = {
      ...entry.answer,
      ...{ sessionId, agentId, cwd, content: [content], calls },
      interrupted: false,
      at: before?.entry.at ?? entry.at,
      first: { parent, position },
    };
    answers.set(messageId, answer);
    if (answer.requestRef !== null) answersByRef.set(answer.requestRef, answer);
    return { answer, isNew: true };
  }

  return {
    add(entry) {
      // A resumed session may repeat an entry.
      if (nodes.has(entry.uuid)) return null;
      const { blocks } = entry;
      const content = { blocks, json: Buffer.from(blocks.map((block) => JSON.stringify(block)).join(',')) };
      const part = answerOf(entry, content);
      const { parent, role, at, promptId } = entry;
      const results = idsIn(entry.blocks, 'tool_result', 'tool_use_id');
      const node: Node = {
        entry: { parent, role, at, promptId },
        content,
        results,
        answer: part?.answer ?? null,
        position,
      };
      position += 1;
      nodes.set(entry.uuid, node);
      for (const id of results) resultNodes.set(id, node);
      const asked = parent === null ? null : (nodes.get(parent)?.answer ?? null);
      if (asked !== null && textStarts(entry.blocks, INTERRUPTED)) asked.interrupted = true;
      bytes += content.json.length + ENTRY_BYTES;
      forgetOldest();
      return part;
    },

    answerTo: (requestRef) => answersByRef.get(requestRef)?.content.flatMap(({ blocks }) => blocks) ?? null,
    asked({ first }) {
      const path = pathTo(first.parent);
      const onPath = new Set(path);
      const seen = new Set<Answer>();
      const messages: Asked['messages'] = [];
      const put = (role: 'user' | 'assistant', ...parts: readonly Content[]) => {
        const content = parts.filter(({ blocks }) => blocks.length > 0);
        const last = messages.at(-1);
        if (content.length === 0) return;
        if (last?.role === role) last.content.push(...content);
        else messages.push({ role, content });
      };
      let promptId: string | null = null;
      for (const { entry, content, answer } of path) {
        if (answer === null && entry.role !== null) {
          put(entry.role, content);
          promptId = entry.promptId ?? promptId;
        }
        if (answer === null || seen.has(answer)) continue;
        seen.add(answer);
        put('assistant', ...answer.content);
        for (const result of resultsBeside(answer, onPath, first.position)) put('user', result.content);
      }
      return { messages, promptId };
    },
  };

  function pathTo(leaf: string | null): Node[] {
    const path: Node[] = [];
    const visited = new Set<string>();
    for (let uuid = leaf; uuid !== null && !visited.has(uuid); ) {
      const node = nodes.get(uuid);
      if (node === undefined) break;
      visited.add(uuid);
      path.push(node);
      uuid = node.entry.parent;
    }
    return path.reverse();
  }

  function resultsBeside({ calls }: Answer, path: ReadonlySet<Node>, before: number): Set<Node> {
    const found = calls.flatMap((id) => resultNodes.get(id) ?? []);
    return new Set(found.filter((node) => !path.has(node) && node.position < before));
  }
}

function idsIn(blocks: readonly JsonRecord[], type: string, field: string): string[] {
  return blocks.flatMap((block) => {
    const id = block.type === type ? block[field] : null;
    return typeof id === 'string' ? [id] : [];
  });
}

function textStarts(blocks: readonly JsonRecord[], beginning: string): boolean {
  return blocks.some(({ text }) => typeof text === 'string' && text.startsWith(beginning));
}

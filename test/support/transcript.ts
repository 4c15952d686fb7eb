/** Lines of a transcript, in the shape in which Claude Code 2.0.30 - 2.1.332 writes them. */

export const SESSION = 'f0b1c2d3-0000-4000-8000-00000000000a';
const BEGUN = Date.UTC(2026, 2, 1, 12);

export interface Bill {
  input_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  output_tokens?: number;
}

/** Writes a file entry by entry, each a second after and below the last one. */
export interface TranscriptWriter {
  /** Changes fields of all lines from now on: `sessionId`, `agentId`. */
  common: Record<string, unknown>;
  /** The `uuid` of the last entry, below which the next one goes. */
  last: string | null;
  add(fields: object): void;
  user(content: string | object[], fields?: object): void;
  /** A part of an answer; `ended` false: the line was written before the answer had its end, as 2.0.30 does. */
  answer(name: string, block: object, options?: { ended?: boolean; bill?: Bill; fields?: object }): void;
  result(callId: string, content: string, fields?: object): void;
  text(): string;
}

export function transcript(prefix = 'u', sessionId = SESSION): TranscriptWriter {
  const lines: string[] = [];
  const writer: TranscriptWriter = {
    common: { isSidechain: false, userType: 'external', cwd: '/project', sessionId, version: '2.0.30' },
    last: null,
    add(fields) {
      const uuid = `${prefix}-${lines.length}`;
      const timestamp = new Date(BEGUN + lines.length * 1_000).toISOString();
      lines.push(JSON.stringify({ parentUuid: writer.last, ...writer.common, uuid, timestamp, ...fields }));
      writer.last = uuid;
    },
    user: (content, fields = {}) => writer.add({ type: 'user', message: { role: 'user', content }, ...fields }),
    answer(name, block, { ended = true, bill = {}, fields = {} } = {}) {
      const usage = { input_tokens: 10, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 20 };
      const message = {
        ...{ id: `msg_${name}`, type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [block] },
        ...{ stop_reason: ended ? 'end_turn' : null, stop_sequence: null, usage: { ...usage, ...bill } },
      };
      writer.add({ type: 'assistant', requestId: `req_${name}`, message, ...fields });
    },
    result: (id, content, fields) => writer.user([{ type: 'tool_result', tool_use_id: id, content }], fields),
    text: () => lines.map((line) => `${line}\n`).join(''),
  };
  return writer;
}

export function text(content: string) {
  return { type: 'text', text: content };
}

export function call(id: string, name: string, input: object = {}) {
  return { type: 'tool_use', id, name, input };
}

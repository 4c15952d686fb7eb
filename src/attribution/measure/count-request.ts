import { type JsonRecord, recordsOf } from '../../base/json.js';

/** The body of a request to `count_tokens`, without the model. */
export type CountRequest = JsonRecord;

/** A sum of counts, added or subtracted, and of tokens that are already known. */
export interface CountSum {
  terms: readonly CountTerm[];
  tokens: number;
}

export interface CountTerm {
  request: CountRequest;
  sign: 1 | -1;
}

/**
 * A block beside neighbours of its own kind, and these neighbours alone: the difference of both counts is the cost of the block.
 * Both include the framing of messages, and the instructions that the API adds for tools.
 */
export interface Surroundings {
  /** The request with a block, or with its beginning. */
  around(block: JsonRecord): CountRequest;
  /** The cost of the request without the block. */
  without: CountSum;
}

/** A block without its marks: a tool that Claude Code loads later is here loaded from the start. */
function plain(block: JsonRecord): JsonRecord {
  const { cache_control: _, defer_loading: __, ...rest } = block;
  return rest;
}

// It ends with a line break, so that no tokenizer joins its end with the text that follows.
const PROBE = { type: 'text', text: 'x.\n' };
const PROBE_TOOLS = [probeTool('probe'), probeTool('probe_2')] as const;

function probeTool(name: string): JsonRecord {
  return { name, description: 'Probe.', input_schema: { type: 'object', properties: {} } };
}

function probeCall(id: string): JsonRecord {
  return { type: 'tool_use', id, name: PROBE_TOOLS[0].name, input: {} };
}

function probeResult(id: string): JsonRecord {
  return { type: 'tool_result', tool_use_id: id, content: [PROBE] };
}

// They are as long as the API's ids.
const FIRST_CALL = 'toolu_01KfQm3vXo8YtRzNpLdWcEaB';
const SECOND_CALL = 'toolu_01HsJw7nZb5GxPkTqVyMuRcD';

function user(...content: JsonRecord[]): JsonRecord {
  return { role: 'user', content };
}

function assistant(...content: JsonRecord[]): JsonRecord {
  return { role: 'assistant', content };
}

const BARE: CountRequest = { messages: [user(PROBE)] };

export function countOf(request: CountRequest): CountSum {
  return { terms: [{ request, sign: 1 }], tokens: 0 };
}

function plus(a: CountSum, b: CountSum): CountSum {
  return { terms: [...a.terms, ...b.terms], tokens: a.tokens + b.tokens };
}

export function minus(a: CountSum, b: CountSum): CountSum {
  const negative = b.terms.map(({ request, sign }): CountTerm => ({ request, sign: sign === 1 ? -1 : 1 }));
  return { terms: [...a.terms, ...negative], tokens: a.tokens - b.tokens };
}

function withTools(...tools: JsonRecord[]): CountRequest {
  return { tools, messages: [user(PROBE)] };
}

const OF_TOOL: Surroundings = {
  around: (tool) => withTools(PROBE_TOOLS[0], plain(tool)),
  without: countOf(withTools(PROBE_TOOLS[0])),
};

const OF_SYSTEM: Surroundings = {
  around: (block) => ({ system: [PROBE, plain(block)], messages: [user(PROBE)] }),
  without: countOf({ system: [PROBE], messages: [user(PROBE)] }),
};

const OF_USER: Surroundings = {
  around: (block) => ({ messages: [user(PROBE, plain(block))] }),
  without: countOf(BARE),
};

const OF_ASSISTANT: Surroundings = {
  around: (block) => ({ messages: [user(PROBE), assistant(PROBE, plain(block)), user(PROBE)] }),
  without: countOf({ messages: [user(PROBE), assistant(PROBE), user(PROBE)] }),
};

/** The API requires a result for each call, and a call for each result: a probe is the other half. */
function withCalls(calls: JsonRecord[], results: JsonRecord[]): CountRequest {
  return { tools: [PROBE_TOOLS[0]], messages: [user(PROBE), assistant(...calls), user(...results)] };
}

const CALL_OF_PROBE = withCalls([probeCall(FIRST_CALL)], [probeResult(FIRST_CALL)]);

function withCall(block: JsonRecord): CountRequest {
  const call = plain(block);
  return withCalls([probeCall(FIRST_CALL), call], [probeResult(FIRST_CALL), probeResult(String(call.id))]);
}

function withResult(result: JsonRecord): CountRequest {
  return withCalls(
    [probeCall(FIRST_CALL), probeCall(SECOND_CALL)],
    [probeResult(FIRST_CALL), { ...plain(result), tool_use_id: SECOND_CALL }],
  );
}

/** The cost of the probe's result. Counts have only the sum of a call and its result, so this needs a call that a bill has given alone. */
export function probeResultBy({ call, tokens }: PinnedCall): CountSum {
  return minus(minus(countOf(withCall(call)), countOf(CALL_OF_PROBE)), { terms: [], tokens });
}

/** A call of the model with its tokens by a bill. */
export interface PinnedCall {
  call: JsonRecord;
  tokens: number;
}

function ofCall(resultOfProbe: CountSum): Surroundings {
  return { around: withCall, without: plus(countOf(CALL_OF_PROBE), resultOfProbe) };
}

function ofResult(resultOfProbe: CountSum): Surroundings {
  return { around: withResult, without: minus(countOf(withResult(probeResult(SECOND_CALL))), resultOfProbe) };
}

/** The cost of the instructions that the API adds for tools, whatever the tools are. */
export const OVERHEAD: CountSum = minus(
  plus(countOf(withTools(PROBE_TOOLS[0])), countOf(withTools(PROBE_TOOLS[1]))),
  plus(countOf(withTools(...PROBE_TOOLS)), countOf(BARE)),
);

/** Kinds of blocks whose cost does not depend on their neighbours. */
const USER_BLOCKS = new Set(['text', 'image', 'document']);

/**
 * The surroundings in which a block can be counted. Null for blocks that the API would refuse there, or count in another way:
 * thinking, results of server-side tools, references to tools.
 *
 * @param resultOfProbe null if not known: then neither calls nor results can be counted alone
 */
export function surroundingsOf(role: string, block: JsonRecord, resultOfProbe: CountSum | null): Surroundings | null {
  const { type } = block;
  if (role === 'tools') return typeof block.name === 'string' ? OF_TOOL : null;
  if (role === 'system') return type === 'text' ? OF_SYSTEM : null;
  if (role === 'assistant') {
    if (type === 'tool_use' && typeof block.id === 'string') return resultOfProbe && ofCall(resultOfProbe);
    return type === 'text' ? OF_ASSISTANT : null;
  }
  if (type === 'tool_result') return hasReferences(block) ? null : resultOfProbe && ofResult(resultOfProbe);
  return typeof type === 'string' && USER_BLOCKS.has(type) ? OF_USER : null;
}

function hasReferences({ content }: JsonRecord): boolean {
  return recordsOf(content).some(({ type }) => type === 'tool_reference');
}

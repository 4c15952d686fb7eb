import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';
import type { BillingTerms, InputUsage, IterationUsage, Usage } from '../../model/usage.js';

/**
 * Reads the API's `usage` object; null without token counts. Cache writes are a total and, in newer replies, split by lifetime.
 * A total without a split is 5-minute, the API's default. Where they differ, the total is billed.
 * @param isFinal whether the output figure is the last one: the figure at the start of a stream counts only its first token
 */
export function parseUsage(raw: unknown, isFinal: boolean): Usage | null {
  if (!isRecord(raw)) return null;
  const output = isFinal ? count(raw.output_tokens) : null;
  if (count(raw.input_tokens) === null && output === null) return null;
  const serverTools = isRecord(raw.server_tool_use) ? raw.server_tool_use : {};
  const terms = termsOf(raw, serverTools);
  return {
    ...inputOf(raw),
    output,
    webSearches: count(serverTools.web_search_requests) ?? 0,
    ...(terms === null ? {} : { terms }),
  };
}

/** Code that the API runs is billed by the time of its container, for which there is no figure. */
const RUNS_CODE: ReadonlySet<unknown> = new Set([
  'code_execution',
  'bash_code_execution',
  'text_editor_code_execution',
]);

/** Adds the parts of the bill that only the content of the answer shows. */
export function withServerTools(usage: Usage | null, content: readonly ContentBlock[]): Usage | null {
  if (usage === null || !content.some(({ type, name }) => type === 'server_tool_use' && RUNS_CODE.has(name)))
    return usage;
  const terms = usage.terms ?? PLAIN_TERMS;
  return { ...usage, terms: { ...terms, unpriced: [...terms.unpriced, 'code_execution'] } };
}

const PLAIN_TERMS: BillingTerms = {
  speed: null,
  serviceTier: null,
  inferenceGeo: null,
  servedBy: null,
  iterations: [],
  unpriced: [],
};

/**
 * `message_start` has the input figures, `message_delta` the output so far, and sometimes corrected input. A figure replaces the
 * earlier one, unless it is null or absent.
 */
export function mergeUsage(earlier: unknown, later: unknown): JsonRecord {
  const figures = isRecord(later) ? Object.entries(later).filter(([, figure]) => figure !== null) : [];
  return { ...(isRecord(earlier) ? earlier : {}), ...Object.fromEntries(figures) };
}

/** Whether the `usage` of a `message_delta` has the output, as the last one does. */
export function tellsOutput(usage: unknown): boolean {
  return isRecord(usage) && count(usage.output_tokens) !== null;
}

function inputOf(raw: JsonRecord): InputUsage {
  const split = isRecord(raw.cache_creation) ? raw.cache_creation : {};
  const hour = count(split.ephemeral_1h_input_tokens) ?? 0;
  const written = count(raw.cache_creation_input_tokens) ?? hour + (count(split.ephemeral_5m_input_tokens) ?? 0);
  const cacheWrite1h = Math.min(hour, written);
  return {
    uncached: count(raw.input_tokens) ?? 0,
    cacheRead: count(raw.cache_read_input_tokens) ?? 0,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
  };
}

/** Web fetches cost nothing beside their tokens: https://platform.claude.com/docs/en/about-claude/pricing */
const COUNTED_SERVER_TOOLS: ReadonlySet<string> = new Set(['web_search_requests', 'web_fetch_requests']);

/** Null where the bill is only tokens and web searches, at list price. */
function termsOf(raw: JsonRecord, serverTools: JsonRecord): BillingTerms | null {
  const { iterations, servedBy, unread } = iterationsOf(raw.iterations);
  const otherTools = Object.keys(serverTools).filter(
    (name) => !COUNTED_SERVER_TOOLS.has(name) && count(serverTools[name]) !== 0 && serverTools[name] !== null,
  );
  const credit =
    isRecord(raw.fallback_credit) && isRecord(raw.fallback_credit.status) ? raw.fallback_credit.status : {};
  const terms: BillingTerms = {
    speed: wordOf(raw.speed),
    serviceTier: unlessPlain(raw.service_tier, ['standard']),
    inferenceGeo: unlessPlain(raw.inference_geo, ['global', 'not_available']),
    servedBy,
    iterations,
    unpriced: [
      ...otherTools.slice(0, MAX_TOOLS).map((name) => `server_tool_use.${name.slice(0, MAX_WORD_LENGTH)}`),
      ...(credit.type === 'redeemed' ? ['fallback_credit'] : []),
      ...(unread ? ['iterations'] : []),
    ],
  };
  const { speed, serviceTier, inferenceGeo } = terms;
  const isPlain =
    [speed, serviceTier, inferenceGeo, servedBy].every((word) => word === null) &&
    iterations.length + terms.unpriced.length === 0;
  return isPlain ? null : terms;
}

/** More than any answer has: a hostile one must not fill the database. */
const MAX_ITERATIONS = 200;
const MAX_TOOLS = 20;
const MAX_WORD_LENGTH = 100;

/**
 * The iterations whose tokens are not in the top-level figures. Those are the work of the model that answered: entries of type
 * `message`, or `fallback_message` where another model than the requested one answered. In that case each `message` entry is a
 * declined attempt, which is billed only if it had begun to answer.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/advisor-tool, …/build-with-claude/refusals-and-fallback
 */
function iterationsOf(raw: unknown): Pick<BillingTerms, 'iterations' | 'servedBy'> & { unread: boolean } {
  if (!Array.isArray(raw)) return { iterations: [], servedBy: null, unread: false };
  const entries = raw.slice(0, MAX_ITERATIONS).map(iterationOf);
  const read = entries.filter((entry) => entry !== null);
  const served = read.findLast(({ type }) => type === 'fallback_message');
  const isApart = ({ type, output }: IterationUsage) =>
    type === 'message' ? served !== undefined && output > 0 : type !== 'fallback_message';
  return {
    iterations: read.filter(isApart),
    servedBy: served?.model ?? null,
    unread: read.length < raw.length,
  };
}

/** Null for an entry without token counts. */
function iterationOf(raw: unknown): IterationUsage | null {
  if (!isRecord(raw)) return null;
  const output = count(raw.output_tokens);
  if (output === null && count(raw.input_tokens) === null) return null;
  return { type: wordOf(raw.type) ?? 'unknown', model: wordOf(raw.model), ...inputOf(raw), output: output ?? 0 };
}

function unlessPlain(value: unknown, plain: readonly string[]): string | null {
  const word = wordOf(value);
  return word !== null && plain.includes(word) ? null : word;
}

function wordOf(value: unknown): string | null {
  const word = stringOf(value)?.slice(0, MAX_WORD_LENGTH);
  return word === '' ? null : (word ?? null);
}

/** No request has nearly as many tokens. Such a figure would make every total useless. */
const MAX_TOKENS = 1e9;

/** The API counts whole tokens. Anything else, as a gateway may send, cannot be divided among segments. */
function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : null;
}

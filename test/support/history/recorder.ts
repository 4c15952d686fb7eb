import { ATTRIBUTION_VERSION } from '../../../src/attribution/index.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { Purpose } from '../../../src/model/purpose.js';
import type { Segment } from '../../../src/model/segment.js';
import type { CacheMiss, ThreadAttribution, ToolCall } from '../../../src/model/thread.js';
import { billedInput } from '../../../src/model/usage.js';
import { whole } from '../truth/texts.js';
import { type Bill, billOf, lossOf } from './bill.js';
import type { Conversation, DefinitionSegment } from './conversation.js';
import { type Ending, type HistoryExchange, makeRequest, makeResponse } from './exchange.js';
import { tokensOf, toolSource } from './project.js';
import type { SessionOptions } from './session-options.js';

/** The sender of a request. */
export interface Sender {
  purpose: Purpose;
  model: string;
  agentId: string | null;
  /** For a subagent: the call that started it. */
  startedBy?: string;
}

/** The clock of a session; makes exchanges of a conversation. */
export interface Recorder {
  send(conversation: Conversation, sender: Sender, ending: Ending, answer: ContentBlock[]): HistoryExchange;
  telemetry(): HistoryExchange;
  /** Advances the clock, ms. */
  pass(ms: number): void;
}

/** Lifetime of a cached prompt after its last use. */
const CACHE_LIFE_MS = 5 * 60_000;

export function createRecorder({ random, run, project, sessionId, startsAt }: SessionOptions): Recorder {
  let now = startsAt;
  const servers = [...new Set(project.mcpTools.map((tool) => toolSource(tool).slice('mcp:'.length)))];

  function attribute(
    conversation: Conversation,
    sender: Sender,
    answer: readonly ContentBlock[],
    bill: Bill | null,
    cacheMiss: CacheMiss | null,
    id: HistoryExchange['request']['id'],
  ): ThreadAttribution {
    const { trail } = conversation;
    const tokens = conversation.weights();
    const inputTokens = bill === null ? conversation.tokens : billedInput(bill.usage);
    // The same price for each token of a request: a history need not show what was cached.
    const priceOf = (count: number) => (bill === null ? null : (bill.inputCostUsd * count) / inputTokens);
    return {
      version: ATTRIBUTION_VERSION,
      thread: { knownServers: servers, agent: sender.purpose === 'subagent' ? { name: 'scout', prompt: null } : null },
      segments: conversation.definitions().map((segment) => definitionSegment(segment, priceOf(segment.tokens))),
      solution: { tokens, known: tokens.map(() => (bill === null ? 'estimated' : 'exact')), cleared: [] },
      shares: conversation.shares().map((share) => ({ ...share, costUsd: priceOf(share.tokens) })),
      inputTokens,
      known: bill === null ? 'estimated' : 'exact',
      inputCostUsd: bill?.inputCostUsd ?? null,
      outputCostUsd: bill?.outputCostUsd ?? null,
      output: { tokens: bill?.usage.output ?? null, known: bill === null ? 'unknown' : 'exact' },
      pricedAs: null,
      unpriced: [],
      place: {
        purpose: sender.purpose,
        threadId: trail.thread ?? id,
        previousId: trail.previous,
        continuation: trail.previous === null ? null : trail.continuation,
        startedBy: sender.startedBy ?? null,
      },
      calls: answer.flatMap(callOf),
      prompt: sender.purpose === 'main' ? (conversation.news().prompts.at(-1)?.slice(0, 200) ?? null) : null,
      searchTexts: { ...conversation.news(), answer: answer.flatMap(wordsOf) },
      cacheMiss,
    };
  }

  /** The tokens of the conversation that are still cached, and why not all are. */
  function lookUp({ trail }: Conversation, model: string): { cached: number; miss: CacheMiss | null } {
    const missed = (lostTokens: number, why: Pick<CacheMiss, 'cause' | 'source' | 'path' | 'detail'>) => ({
      cached: trail.cached - lostTokens,
      miss: { ...why, lostTokens, lostUsd: lossOf(model, lostTokens) },
    });
    if (trail.cached === 0) return { cached: 0, miss: null };
    const minutes = Math.round((now - trail.at) / 60_000);
    if (now - trail.at > CACHE_LIFE_MS) {
      return missed(trail.cached, { cause: 'expired', source: null, path: null, detail: `${minutes} minutes` });
    }
    if (random() < 0.008) {
      const source = `memory:${project.folder}/CLAUDE.md`;
      return missed(Math.ceil(trail.cached / 2), {
        cause: 'changed',
        source,
        path: '/messages/0/content/3',
        detail: null,
      });
    }
    if (random() < 0.002) {
      return missed(trail.cached, { cause: 'parameters', source: null, path: null, detail: 'thinking' });
    }
    return { cached: trail.cached, miss: null };
  }

  return {
    send(conversation, sender, ending, answer) {
      const { trail } = conversation;
      const { model, agentId } = sender;
      const request = makeRequest(run, random, {
        sessionId,
        agentId,
        promptId: null,
        kind: 'messages',
        model,
        path: '/v1/messages?beta=true',
        at: now,
        body: conversation.body(model, sessionId),
      });
      const output = tokensOf(JSON.stringify(answer));
      const { cached, miss } = ending === 'answered' ? lookUp(conversation, model) : { cached: 0, miss: null };
      const bill = ending === 'answered' ? billOf(model, conversation.tokens, cached, output) : null;
      const latencyMs = bill === null ? whole(random, 80, 3_000) : 600 + output * whole(random, 8, 25);
      const attribution = attribute(conversation, sender, answer, bill, miss, request.id);
      trail.thread ??= request.id;
      trail.previous = request.id;
      trail.continuation = 'extends';
      if (bill !== null) {
        Object.assign(trail, { cached: conversation.tokens, at: now });
        conversation.forgetNews();
      }
      now += latencyMs;
      return {
        run,
        request,
        response: makeResponse(request, { ending, latencyMs, answer, usage: bill?.usage ?? null }),
        attribution,
        rating: ending !== 'refused' && random() < 0.02 ? ratingOf(random()) : null,
      };
    },
    telemetry() {
      const body = Buffer.from(JSON.stringify({ events: [{ name: 'start', at: now }] }));
      const path = '/api/event_logging/batch';
      const place = { sessionId, agentId: null, promptId: null, kind: 'telemetry' as const, model: null };
      const request = makeRequest(run, random, { ...place, path, at: now, body });
      const response = makeResponse(request, { ending: 'answered', latencyMs: 90, answer: [], usage: null });
      now += 90;
      return { run, request, response, attribution: null, rating: null };
    },
    pass(ms) {
      now += ms;
    },
  };
}

function definitionSegment(segment: DefinitionSegment, costUsd: number | null): Segment {
  const { tokens } = segment;
  return {
    ...segment,
    start: 0,
    end: tokens * 4,
    hash: '',
    estimatedTokens: tokens,
    known: 'exact',
    unread: null,
    cache: { read: tokens, write5m: 0, write1h: 0, uncached: 0 },
    costUsd,
  };
}

function callOf({ type, name, input }: ContentBlock): ToolCall[] {
  if (type !== 'tool_use') return [];
  const { skill, subagent_type: agent } = Object(input);
  const source = skill ? `skill:${skill}` : agent ? `agent:${agent}` : toolSource(String(name));
  return [{ source, tool: String(name) }];
}

/** The text of an answer without its thinking. */
function wordsOf({ type, text, input }: ContentBlock): string[] {
  if (type === 'text') return [String(text)];
  return type === 'tool_use' ? Object.values(input ?? {}).map(String) : [];
}

/** More good ratings than bad ones. */
function ratingOf(drawn: number): HistoryExchange['rating'] {
  if (drawn < 0.6) return { rating: 1, comment: null };
  if (drawn < 0.85) return { rating: -1, comment: 'It forgot what I said.' };
  return { rating: 0.5, comment: null };
}

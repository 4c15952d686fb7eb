import { percentile } from '../../../base/percentile.js';
import { FAILED_MCP_STATES, type McpCall } from '../../../model/mcp.js';
import type { TapeCalls, TapeFacts, TapeFrame, TapeFrameRow } from '../../../model/tape.js';
import { type RpcMessage, readMessages, type Tracked, Tracker } from '../../messages/index.js';

/** A message of a frame, and what it means in its connection. */
interface FrameMessage {
  message: RpcMessage;
  tracked: Tracked;
}

export type ReadFrame = (frame: TapeFrame) => FrameMessage[];

/** Reads the frames of one tape in their order. */
export function createFrameReader(): ReadFrame {
  const tracker = new Tracker({ connectionId: 'mcps_tape', estimateTokens: () => 0 });
  return ({ seq, at, dir, bytes, truncated = false, http }) => {
    const messages = readMessages({ bytes, size: bytes.length, truncated });
    return messages.map((message, part) => ({
      message,
      tracked: tracker.take(message, {
        id: `mcpm_${seq}.${part}`,
        sender: dir === 'c' ? 'client' : 'server',
        at,
        exchange: http?.exchange ?? null,
      }),
    }));
  };
}

export function frameRow(frame: TapeFrame, messages: readonly FrameMessage[]): TapeFrameRow {
  const { seq, at, dir, bytes, synthetic = false, altered = false, redacted = false, truncated = false } = frame;
  const [first, ...more] = messages;
  return {
    seq,
    at,
    dir,
    kind: first?.message.kind ?? 'malformed',
    rpcId: first?.message.id ?? null,
    method: first?.tracked.method ?? null,
    name: first?.tracked.name ?? null,
    more: more.length,
    bytes: bytes.length,
    synthetic,
    altered,
    redacted,
    truncated,
  };
}

/** Calls that wait for their answer; above this number, the oldest are counted as open. */
const MAX_OPEN = 10_000;

/** Counts the frames of one tape, or of several. The figures of calls leave out those that claude-trace made or changed. */
export function createFacts() {
  const figures = new Map<string, { calls: TapeCalls; latencies: number[] }>();
  const facts = {
    clientMessages: 0,
    serverMessages: 0,
    messageBytes: 0,
    alteredCalls: 0,
    syntheticFrames: 0,
    alteredFrames: 0,
    redactedFrames: 0,
    truncatedFrames: 0,
  };

  function count(call: McpCall, isAltered: boolean): void {
    if (isAltered) {
      facts.alteredCalls += 1;
      return;
    }
    const { method, name, state, sentAt, answeredAt } = call;
    const key = JSON.stringify([method, name]);
    const found = figures.get(key) ?? {
      calls: { method, name, calls: 0, failedCalls: 0, openCalls: 0, p50Ms: null, p95Ms: null },
      latencies: [],
    };
    figures.set(key, found);
    found.calls.calls += 1;
    if (FAILED_MCP_STATES.some((failed) => failed === state)) found.calls.failedCalls += 1;
    if (state === 'open') found.calls.openCalls += 1;
    if (answeredAt !== null) found.latencies.push(answeredAt - sentAt);
  }

  return {
    /** Begins with another tape. @returns takes its frames; call `end` after the last one */
    tape() {
      const read = createFrameReader();
      const open = new Map<string, { call: McpCall; isAltered: boolean }>();
      return {
        /** @returns its messages */
        take(frame: TapeFrame): FrameMessage[] {
          const isAltered = frame.synthetic === true || frame.altered === true;
          if (frame.synthetic) facts.syntheticFrames += 1;
          if (frame.altered) facts.alteredFrames += 1;
          if (frame.redacted) facts.redactedFrames += 1;
          if (frame.truncated) facts.truncatedFrames += 1;
          facts.messageBytes += frame.bytes.length;
          const messages = read(frame);
          for (const { tracked } of messages) {
            facts[frame.dir === 'c' ? 'clientMessages' : 'serverMessages'] += 1;
            const { call } = tracked;
            if (call === null) continue;
            const known = { call, isAltered: isAltered || open.get(call.id)?.isAltered === true };
            open.delete(call.id);
            if (call.answeredAt !== null) count(call, known.isAltered);
            else open.set(call.id, known);
            const [oldest] = open.size > MAX_OPEN ? open : [];
            if (oldest === undefined) continue;
            count(oldest[1].call, oldest[1].isAltered);
            open.delete(oldest[0]);
          }
          return messages;
        },
        end(): void {
          for (const { call, isAltered } of open.values()) count(call, isAltered);
          open.clear();
        },
      };
    },
    facts(): TapeFacts {
      const calls = [...figures.values()].map(({ calls: row, latencies }) => {
        const sorted = Float64Array.from(latencies).sort();
        return { ...row, p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95) };
      });
      return { ...facts, calls: calls.sort((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1)) };
    },
  };
}

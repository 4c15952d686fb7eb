import { findNovelties, NOTHING_MEASURED } from '../../attribution/index.js';
import { describeError } from '../../base/error-text.js';
import { type Redactor, redactorOfConnection } from '../../capture/index.js';
import { type AttributedBody, type Attributor, createAttributor } from '../../history/attributor.js';
import { createMcpJoin, type McpJoin } from '../../history/mcp-join/join.js';
import { readStoredCalls } from '../../history/mcp-join/stored-calls.js';
import { readMeasurements, readSessionHistory } from '../../history/session-history.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { WriteJob } from '../../store/index.js';
import { explainError } from '../../text/store-error.js';
import type { RecorderStart } from './messages.js';
import type { SqliteGate } from './sqlite-gate.js';

interface RecorderAttributionOptions extends Pick<RecorderStart, 'database' | 'prices' | 'secretHeaders' | 'run'> {
  redactor: Redactor;
  gate: SqliteGate;
  /** How long one read may wait for other processes. */
  busyTimeoutMs: number;
  push(job: WriteJob): void;
  /** Reports something that the user must know. */
  report(code: string, message: string): void;
}

/**
 * Attribution of exchanges as they end. From each, it also notes what the model got of MCP results, and what is new in a version of
 * Claude Code.
 */
export interface RecorderAttribution {
  attribute: Attributor['attribute'];
  /** Takes messages and calls of MCP servers: later requests may carry their results. */
  seeMcp(writes: readonly McpWrite[]): void;
}

export function createRecorderAttribution({
  database,
  prices,
  secretHeaders,
  run,
  redactor,
  gate,
  busyTimeoutMs,
  push,
  report,
}: RecorderAttributionOptions): RecorderAttribution {
  const reportMcp = (error: unknown) =>
    report('mcp_join', `What the model got of some MCP results is not known: ${describeError(error)}.`);
  const mcpJoin = createMcpJoin({
    storedCalls(toolUseIds) {
      try {
        return gate.pass(() => readStoredCalls(database, toolUseIds, busyTimeoutMs)) ?? new Map();
      } catch (error) {
        reportMcp(error);
        return new Map();
      }
    },
    withoutSecretsOf: (connection, text) => redactorOfConnection(redactor, connection).text(text),
  });

  /** A failure costs what the model got of a result, not the recording. */
  function joinMcp(step: (join: McpJoin) => McpWrite[]): void {
    try {
      const writes = step(mcpJoin);
      if (writes.length > 0) push({ type: 'mcp', record: null, writes });
    } catch (error) {
      reportMcp(error);
    }
  }

  const ownHeaders = new Set(secretHeaders.map(([name]) => name.toLowerCase()));

  /** A failure costs the novelties of a request, not its attribution. */
  function noteNovelties({ request, response, body, segments }: AttributedBody): void {
    try {
      const seen = findNovelties({ headers: request.headers, body, message: response.message, segments }, ownHeaders);
      if (seen === null) return;
      push({ type: 'novelties', seen: { ...seen, at: request.timestamps.initiated, tracer: run.version } });
    } catch (error) {
      report('novelties', `\`claude-trace doctor\` may miss what is new in Claude Code: ${describeError(error)}.`);
    }
  }

  const { attribute } = createAttributor({
    prices,
    onFailure: (error) =>
      report(
        'attribution',
        `Some requests could not be attributed: ${describeError(error)}. \`claude-trace reattribute\` tries again.`,
      ),
    history: (sessionId, onDamaged) =>
      gate.pass(() => readSessionHistory(database, sessionId, busyTimeoutMs, onDamaged)) ?? [],
    measurements: (model) => gate.pass(() => readMeasurements(database, model, busyTimeoutMs)) ?? NOTHING_MEASURED,
    onHistoryFailure: (error) =>
      report(
        'history',
        `An earlier conversation could not be continued, so its figures start again: ${explainError(error)}`,
      ),
    onAttributed(exchange) {
      joinMcp((join) => join.join(exchange));
      noteNovelties(exchange);
    },
  });

  return { attribute, seeMcp: (writes) => joinMcp((join) => join.see(writes)) };
}

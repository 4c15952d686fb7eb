import type { RunId } from '../../model/ids.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { HttpEvent, McpEvent, WireEvent } from '../../wire/index.js';
import { urlOf } from '../exchange/capture-request.js';
import type { Redactor } from '../redact/redactor.js';
import type { PassiveRules } from '../rules/passive-rules.js';
import { RecordedConnection } from './connection.js';
import { Connectors } from './connectors.js';
import { HttpConnections, type NamedServer } from './http-connections.js';
import { HttpExchanges } from './http-exchanges.js';
import { seenMessages } from './seen-message.js';

export interface McpRecorderOptions {
  runId: RunId;
  redactor: Redactor;
  /** By which HTTP servers get their names, as they are now. */
  servers(): readonly NamedServer[];
  /** Whether a connector of claude.ai is recorded, by its name. Default: all are. */
  isIncluded?(name: string): boolean;
  /** Whether an exchange is one with an MCP server. */
  isMcp(head: EventOf<'request_head'>): boolean;
  /** Default: no rules. */
  rules?: PassiveRules | null;
  /** Estimated tokens of a text. */
  estimateTokens(text: string): number;
  /**
   * What must be stored, in order. `record` is the ULID of the record that is stored with it, perhaps with nothing to write; null for
   * messages over HTTP, whose exchanges are recorded besides. Records are reported once each.
   */
  onWrite(record: string | null, writes: McpWrite[]): void;
}

export interface McpRecorder {
  /** What a shim saw. @param isLeftOut lines are not read, but counted as lost: reading them ended a recorder before */
  handle(event: McpEvent, isLeftOut?: boolean): void;
  /** Whether nothing of an exchange may be recorded: its connector is excluded. To be asked before `http` has the event. */
  leavesOut(head: EventOf<'request_head'>): boolean;
  /** Any event of HTTP: of other exchanges, only the list of connectors is read. */
  http(event: HttpEvent): void;
  /** No more events follow: open connections end. @param at unix ms */
  finish(at: number): void;
}

/** A connection of a shim, and the record that says what it is: it is not stored before the end, since a new recorder needs it. */
interface Shimmed {
  connection: RecordedConnection;
  record: string;
}

/**
 * Makes writes that are safe to store of what passes between MCP clients and servers, while it passes. Read again, the same events give
 * the same rows.
 */
export function createMcpRecorder(options: McpRecorderOptions): McpRecorder {
  const { runId, onWrite, rules = null, isIncluded = () => true } = options;
  const context = { ...options, rules };
  const shimmed = new Map<string, Shimmed>();
  const connectors = new Connectors();
  const connections = new HttpConnections({ ...context, connectors });
  const exchanges = new HttpExchanges(connections, (writes) => onWrite(null, writes));

  function opened({ exchange, connection, at, type: _type, ...facts }: EventOf<'mcp_opened'>): void {
    const row = new RecordedConnection(
      { ...facts, id: `mcps_${connection}`, runId, transport: 'stdio', startedAt: at },
      context,
    );
    shimmed.set(connection, { connection: row, record: exchange });
    onWrite(null, [row.row()]);
  }

  function lines({ exchange, connection, lines: seen }: EventOf<'mcp_lines'>, isLeftOut: boolean): void {
    const known = shimmed.get(connection)?.connection;
    if (isLeftOut) {
      onWrite(exchange, known?.lose(seen.length) ?? []);
      return;
    }
    const row = known ? [known.row()] : [];
    let index = 0;
    const writes = seen.flatMap(({ sender, at, ruled, ...frame }) => {
      const messages = known ? seenMessages(frame, ruled) : [];
      const place = { record: exchange, index, sender, at, exchange: null };
      index += messages.length;
      return known?.take(messages, place) ?? [];
    });
    onWrite(exchange, [...row, ...writes]);
  }

  function end(connection: string, ending: { at: number; exit: string | null; lost: number }): void {
    const known = shimmed.get(connection);
    shimmed.delete(connection);
    if (known) onWrite(known.record, known.connection.end(ending));
  }

  return {
    handle(event, isLeftOut = false) {
      if (event.type === 'mcp_opened') opened(event);
      else if (event.type === 'mcp_lines') lines(event, isLeftOut);
      else {
        end(event.connection, event);
        onWrite(event.exchange, []);
      }
    },
    leavesOut(head) {
      const url = urlOf(head);
      const name = URL.canParse(url) ? connectors.nameOf(new URL(url)) : null;
      return name !== null && !isIncluded(name);
    },
    http(event) {
      connectors.handle(event);
      if (event.type !== 'request_head' || options.isMcp(event)) exchanges.handle(event);
    },
    finish(at) {
      for (const connection of [...shimmed.keys()]) end(connection, { at, exit: null, lost: 0 });
      exchanges.finish(at);
      const writes = connections.endAll(at);
      if (writes.length > 0) onWrite(null, writes);
    },
  };
}

type EventOf<Type extends WireEvent['type']> = Extract<WireEvent, { type: Type }>;

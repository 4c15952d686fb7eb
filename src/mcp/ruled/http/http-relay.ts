import { describeError } from '../../../base/error-text.js';
import type { PauseId } from '../../../model/paused-message.js';
import { matchesAny, parseHostRule, type Relay } from '../../../proxy/index.js';
import type { EmitHttpEvent } from '../../../wire/index.js';
import { HttpConnection } from './http-connection.js';
import { type CurrentRules, HttpSessions, type HttpSessionsOptions } from './http-sessions.js';

export interface HttpRelayOptions extends HttpSessionsOptions {
  /** `host:port` of servers: connections to others are spliced. */
  hosts: readonly string[];
  emit: EmitHttpEvent;
  /** Called for traffic on which no rule can act, though one should. Each kind is reported once. */
  onUnruled(message: string): void;
}

export interface HttpRelay {
  relayFor(host: string, port: number): Relay | null;
  /** Uses these rules for each message from now on. */
  use(rules: CurrentRules): void;
  /** Lets a paused message pass. */
  resume(id: PauseId): void;
}

/**
 * Applies rules to the messages of MCP servers over HTTP: to the JSON bodies of POSTs to their URLs, to JSON answers, and to streams of
 * events. Everything else passes byte for byte.
 */
export function createHttpRelay(options: HttpRelayOptions): HttpRelay {
  const { hosts, emit } = options;
  const sessions = new HttpSessions(options);
  const rules = hosts.map(parseHostRule);
  /** Hosts to which a connection failed because of a defect in claude-trace. */
  const failed = new Set<string>();
  const reported = new Set<string>();

  const report = (why: string) => {
    if (reported.has(why)) return;
    reported.add(why);
    options.onUnruled(`Rules do not act everywhere: ${why}.`);
  };
  return {
    relayFor(host, port) {
      const target = `${host}:${port}`.toLowerCase();
      if (!matchesAny(rules, host, port) || failed.has(target)) return null;
      const onUnruled = (why: string) => report(`${why} (${target})`);
      const onDefect = (error: unknown) => {
        failed.add(target);
        report(`connections to ${target} failed because of a defect in claude-trace (${describeError(error)})`);
      };
      return {
        carry: (relayed) => void new HttpConnection(relayed, { sessions, emit, onUnruled, onDefect }),
        leftOut: report,
      };
    },
    use: (current) => sessions.use(current),
    resume: (id) => sessions.resume(id),
  };
}

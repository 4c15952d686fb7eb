/**
 * The rules of a run, in the thread that carries the traffic: a file of its own, which is loaded only where rules are named
 * (scripts/build.mjs).
 */
import { renameSync, writeFileSync } from 'node:fs';
import { describeError } from '../../base/error-text.js';
import { createHttpRelay } from '../../mcp/ruled/http/http-relay.js';
import type { RuledServer } from '../../mcp/ruled/http/http-sessions.js';
import type { ShimRules, ShimServer } from '../../mcp/socket/listen.js';
import type { PauseEvent, PauseId } from '../../model/paused-message.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import type { Relay } from '../../proxy/index.js';
import { parseRules } from '../../rules/index.js';
import type { EmitHttpEvent } from '../../wire/index.js';
import { watchRules } from './watch-rules.js';

/** A rules file that is valid. */
export interface RulesStart {
  file: string;
  /** Text of its last valid version. */
  text: string;
  /** Where shims read it when they start; null: there are no shims. */
  copy: string | null;
  /** Servers with URLs that rules act on, and their hosts with ports. */
  http: { servers: readonly RuledServer[]; hosts: readonly string[] };
}

export interface TrafficRulesOptions extends RulesStart {
  /** Gets the traffic of connections that the relay carries. */
  emit: EmitHttpEvent;
  onPause(event: PauseEvent): void;
  onRuleFailed(failure: RuleFailure): void;
  /** The file was read again, and is valid. */
  onTaken(text: string): void;
  /** Something the user must know. */
  onProblem(message: string): void;
}

export interface TrafficRules {
  forShims: ShimRules;
  /** Carries the connections to servers with URLs; null for other hosts. */
  relayFor(host: string, port: number): Relay | null;
  /** Lets a message pass that the relay holds. */
  resume(id: PauseId): void;
  /** Sends each new version to these shims from now on. */
  serve(shims: ShimServer): void;
  stop(): void;
}

/** Watches the rules file, and gives each new version whole to all that apply it. */
export function startTrafficRules(options: TrafficRulesOptions): TrafficRules {
  const { file, copy, http, emit, onPause, onRuleFailed, onProblem, onTaken } = options;
  let { text } = options;
  let shims: ShimServer | null = null;
  const onFailed = (message: string) =>
    onProblem(`A rule could not be applied, and the message passed as it was: ${message}`);
  const relay = createHttpRelay({
    ...http,
    rules: { set: parseRules(text, file), text },
    emit,
    onPause,
    onRuleFailed,
    onFailed,
    onUnruled: onProblem,
  });
  const watch = watchRules(file, text, {
    onRules(read, set) {
      text = read;
      // First the copy: a shim that starts now reads either this or what is sent.
      if (copy !== null) keepCopy(copy, text);
      shims?.sendRules(text);
      relay.use({ set, text });
      onTaken(text);
    },
    onBad: (why) => onProblem(`The rules file has changed and cannot be used; the previous rules still act: ${why}`),
  });

  function keepCopy(path: string, content: string): void {
    try {
      writeFileSync(`${path}.new`, content, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      onProblem(`MCP servers that start later get the previous rules first: ${describeError(error)}.`);
    }
  }

  return {
    forShims: {
      text: () => text,
      onPause,
      onRuleFailed,
      onFailed,
    },
    relayFor: relay.relayFor,
    resume: relay.resume,
    serve(listening) {
      shims = listening;
    },
    stop: () => watch.stop(),
  };
}

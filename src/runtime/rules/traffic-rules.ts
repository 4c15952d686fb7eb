/**
 * The rules of a run, in the thread that carries the traffic: a file of its own, which is loaded only where rules are named
 * (scripts/build.mjs).
 */
import { renameSync, writeFileSync } from 'node:fs';
import { describeError } from '../../base/error-text.js';
import type { ShimRules, ShimServer } from '../../mcp/socket/listen.js';
import type { PauseEvent } from '../../model/paused-message.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import { watchRules } from './watch-rules.js';

/** A rules file that is valid. */
export interface RulesStart {
  file: string;
  /** Of its last valid version. */
  text: string;
  /** Where shims read it when they start; null: there are no shims. */
  copy: string | null;
}

export interface TrafficRulesOptions extends RulesStart {
  onPause(event: PauseEvent): void;
  onRuleFailed(failure: RuleFailure): void;
  /** The file was read again, and is valid. */
  onTaken(text: string): void;
  /** Something the user must know. */
  onProblem(message: string): void;
}

export interface TrafficRules {
  forShims: ShimRules;
  /** From now on these shims get each new version. */
  serve(shims: ShimServer): void;
  stop(): void;
}

/** Watches the rules file, and gives each new version whole to all that apply it. */
export function startTrafficRules(options: TrafficRulesOptions): TrafficRules {
  const { file, copy, onPause, onRuleFailed, onProblem, onTaken } = options;
  let { text } = options;
  let shims: ShimServer | null = null;
  const watch = watchRules(file, text, {
    onRules(read) {
      text = read;
      // First the copy: a shim that starts now reads either this or what is sent.
      if (copy !== null) keepCopy(copy, text);
      shims?.sendRules(text);
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
      onFailed: (message) => onProblem(`A rule could not be applied, and the message passed as it was: ${message}`),
    },
    serve(listening) {
      shims = listening;
    },
    stop: () => watch.stop(),
  };
}

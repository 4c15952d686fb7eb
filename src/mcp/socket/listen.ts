import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { PauseEvent, PauseId } from '../../model/paused-message.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import type { McpEvent } from '../../wire/index.js';
import type { RuledFrame } from './ruled-frames.js';
import { readShim } from './shim-connection.js';

/** Servers end after Claude Code: their shims kill them 300 ms after its signal, and Claude Code its shims after 500. */
const GRACE_MS = 600;

/** Rules for shims that have them. */
export interface ShimRules {
  /** Text of the last valid version of the rules file: every shim that connects gets it. */
  text(): string;
  /** A shim holds a message, or holds it no longer. */
  onPause(event: PauseEvent): void;
  /** Rules could not be applied to a message. */
  onFailed(message: string): void;
  /** Called when a rule has failed since the last report. */
  onRuleFailed(failure: RuleFailure): void;
}

export interface ShimServer {
  /** Gives all shims new rules. */
  sendRules(text: string): void;
  /** Lets a paused message pass, whichever shim holds it. */
  resume(id: PauseId): void;
  /** Reads what connected shims still send, for a short time, then closes all. */
  close(): Promise<void>;
}

/**
 * Listens for the shims of a run.
 * @param path of the socket, in a folder that only this user can enter; what a thread before us left there is removed
 * @param rules null if shims keep those with which they began
 * @throws Error when it cannot listen
 */
export async function listenForShims(
  path: string,
  emit: (event: McpEvent) => void,
  rules: ShimRules | null = null,
): Promise<ShimServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const ruled = new Set<(frame: RuledFrame) => void>();
  const send = (frame: RuledFrame) => {
    for (const write of ruled) write(frame);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    readShim(socket, emit, {
      onConnected(write) {
        ruled.add(write);
        if (rules !== null) write({ type: 'rules', text: rules.text() });
      },
      onGone: (write) => ruled.delete(write),
      onPause: (event) => rules?.onPause(event),
      onFailed: (message) => rules?.onFailed(message),
      onRuleFailed: (failure) => rules?.onRuleFailed(failure),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    sendRules: (text) => send({ type: 'rules', text }),
    resume: (id) => send({ type: 'resume', id }),
    async close() {
      server.close();
      const open = [...sockets];
      const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      const deadline = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, GRACE_MS);
      await Promise.all(closed);
      clearTimeout(deadline);
    },
  };
}

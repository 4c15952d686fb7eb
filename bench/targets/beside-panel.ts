import type { LineProcess } from '../child-process.js';
import { listenForLines } from '../panel/line-socket.js';
import { NO_ANSWERS } from '../panel/terminal.js';
import { inSplitPane, type Wrapped } from '../panel/wrappers.js';
import { traced } from './claude-trace.js';
import { clientEnv, LOAD_CLIENT } from './client.js';
import type { Arena, Contestant } from './contestant.js';
import { trustingEnv } from './product.js';

const CHILD_SIZE = { width: 120, height: 50 };

/** The product with all of it on, and the panel live beside the client on a terminal. */
export const besidePanel: Contestant = {
  name: 'claude-trace, pane shown',
  start: async (arena) => traced(arena, (await startBesidePanel(arena, LOAD_CLIENT)).client),
};

/** @param child somewhere in it is the load client */
export async function startBesidePanel(
  arena: Arena,
  child: readonly string[],
  node?: string[],
): Promise<{ client: LineProcess; pane: Wrapped }> {
  const control = await listenForLines();
  const env = {
    ...clientEnv(arena),
    ...trustingEnv(arena),
    ANTHROPIC_BASE_URL: arena.upstream,
    BENCH_CONTROL: String(control.port),
  };
  const pane = inSplitPane({ ...arena, env }, child, CHILD_SIZE, NO_ANSWERS, node);
  const socket = await control.connected();
  control.close();
  const client: LineProcess = {
    next: socket.next,
    send: socket.send,
    async finish() {
      socket.end();
      return { exitCode: await pane.terminal.ended, stderr: '' };
    },
  };
  return { client, pane };
}

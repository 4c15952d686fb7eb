import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../../src/base/error-text.js';
import { type Operation, operationsOf, type Server } from '../../api/questions.js';
import { PREFIX, SIZES } from '../../panel/memory.js';
import type { Terminal } from '../../panel/terminal.js';

/** The keys that a person presses in the panel, look by look. */
const LOOKS = [
  ['1', 'j', 'j', '\r', 'l', 'l', 'l', 'h', '\x1b'],
  ['3', 'j', '\r', '\x1b', '\x1b[6~'],
  ['4', 'j', 'k', '\r', '\x1b'],
  ['5', 'j', 'k'],
  ['2', 'j', '\x1b[6~', '\x1b[5~'],
  ['1', '/', ...'request', '\r', '\x1b', 'o', 'G', 'g'],
  ['1', 's', ...'mcp:*', '\r', '\x1b', '?', '\x1b', '+'],
];
const BETWEEN_KEYS_MS = 60;

/** Looks at the panel and resizes the terminal until it is aborted. @param everyMs real @returns the number of looks */
export async function usePanel(terminal: Terminal, everyMs: number, signal: AbortSignal): Promise<number> {
  let looks = 0;
  for (; !signal.aborted; looks += 1) {
    terminal.resize(SIZES[looks % SIZES.length] ?? { width: 120, height: 40 });
    const [view = '', ...keys] = LOOKS[looks % LOOKS.length] ?? [];
    for (const key of [`${PREFIX}${view}`, ...keys, 'q']) {
      terminal.type(key);
      await sleep(BETWEEN_KEYS_MS);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
  return looks;
}

/** The results of the clients of an API. */
export interface ApiUse {
  questions: number;
  /** Questions about requests that had been removed. */
  gone: number;
  /** From the stream of events. */
  events: number;
  reconnects: number;
  wrong: Record<string, number>;
}

export interface ApiUseOptions {
  clients: number;
  pauseMs: number;
  /** Real time after which clients read the list of requests again, and a client of events connects again. */
  renewMs: number;
}

/** A client that follows events, and clients that ask one operation after the other, until it is aborted. */
export async function useApi(server: Server, options: ApiUseOptions, signal: AbortSignal): Promise<ApiUse> {
  const use: ApiUse = { questions: 0, gone: 0, events: 0, reconnects: -1, wrong: {} };
  const note = (error: unknown) => {
    const message = describeError(error);
    if (!signal.aborted) use.wrong[message] = (use.wrong[message] ?? 0) + 1;
  };
  let operations = await operationsOf(server);

  async function ask(client: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; !signal.aborted; turn += 1) {
      const operation: Operation | undefined = operations[(client + turn) % operations.length];
      const path = operation?.paths[(client * 7 + turn) % operation.paths.length];
      if (path !== undefined) {
        const status = await get(server, path, agent, signal).catch(note);
        use.questions += 1;
        if (status === 404) use.gone += 1;
        else if (status !== undefined && status !== 200) note(`${path} was answered with ${status}`);
      }
      await sleep(options.pauseMs, undefined, { signal }).catch(() => {});
    }
    agent.destroy();
  }

  async function renew(): Promise<void> {
    while (!signal.aborted) {
      await sleep(options.renewMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) {
        await operationsOf(server).then((now) => {
          operations = now;
        }, note);
      }
    }
  }

  async function follow(): Promise<void> {
    let last: string | undefined;
    while (!signal.aborted) {
      use.reconnects += 1;
      const until = AbortSignal.any([signal, AbortSignal.timeout(options.renewMs)]);
      const headers = {
        authorization: `Bearer ${server.token}`,
        ...(last === undefined ? {} : { 'last-event-id': last }),
      };
      try {
        const response = await fetch(`${server.url}/api/claude/events`, { headers, signal: until });
        if (response.status !== 200 || response.body === null) throw new Error(`events: ${response.status}`);
        for await (const chunk of response.body) {
          for (const [, id] of Buffer.from(chunk)
            .toString()
            .matchAll(/^id: (.+)$/gm)) {
            last = id;
            use.events += 1;
          }
        }
      } catch (error) {
        if (!until.aborted) note(error);
        await sleep(100);
      }
    }
  }

  await Promise.all([follow(), renew(), ...Array.from({ length: options.clients }, (_, client) => ask(client))]);
  return use;
}

/** @returns the status, or undefined if the server had closed the idle connection */
async function get(
  { url, token }: Server,
  path: string,
  agent: Agent,
  signal: AbortSignal,
): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const asking = request(`${url}${path}`, { agent, headers, signal }).end();
  try {
    const [response] = await once(asking, 'response');
    response.resume();
    await once(response, 'close');
    return response.statusCode;
  } catch (error) {
    if (asking.reusedSocket) return undefined;
    throw error;
  }
}

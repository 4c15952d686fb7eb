/**
 * The clients of an API, a process: reads turns, a JSON line each, and answers each with what its clients waited for. Each client
 * has a connection of its own, asks one operation after the other, and pauses between an answer and its next question. Ends
 * with its stdin.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation, Server } from './questions.js';

export interface Asking {
  server: Server;
  operations: Operation[];
  clients: number;
  /** From an answer to the next question of the same client. */
  pauseMs: number;
  seconds: number;
}

export interface Asked {
  /** Milliseconds from each question to the last byte of its answer, by operation. */
  answeredMs: Record<string, number[]>;
  errors: string[];
  seconds: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await ask(JSON.parse(line) as Asking)));
}

async function ask({ server, operations, clients, pauseMs, seconds }: Asking): Promise<Asked> {
  const answeredMs: Record<string, number[]> = Object.fromEntries(operations.map(({ name }) => [name, []]));
  const errors: string[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;

  async function play(client: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await sleep((pauseMs * client) / clients);
    for (let turn = 0; performance.now() < end; turn += 1) {
      // Each begins elsewhere, so that at any time all is asked.
      const operation = operations[(client + turn) % operations.length];
      const path = operation?.paths[(client * 7 + turn) % operation.paths.length];
      if (operation === undefined || path === undefined) throw new Error(`${operation?.name} has no path.`);
      const asked = performance.now();
      try {
        await get(server, path, agent);
        answeredMs[operation.name]?.push(performance.now() - asked);
      } catch (error) {
        errors.push(`${path}: ${error instanceof Error ? error.message : error}`);
      }
      await sleep(pauseMs);
    }
    agent.destroy();
  }

  await Promise.all(Array.from({ length: clients }, (_, client) => play(client)));
  return { answeredMs, errors, seconds: (performance.now() - start) / 1000 };
}

/** @throws Error for an answer with another status than 200 */
async function get({ url, token }: Server, path: string, agent: Agent): Promise<void> {
  const asking = request(`${url}${path}`, { agent, headers: { authorization: `Bearer ${token}` } }).end();
  const [response] = await once(asking, 'response');
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
}

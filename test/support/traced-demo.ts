import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { startDemo } from '../../src/demo/demo.js';
import { newSandbox, notices, type Sandbox, type StoredRequest } from './product.js';

const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));

export interface TracedDemo {
  sandbox: Sandbox;
  /** Of kind `messages`, the oldest first. */
  requests: StoredRequest[];
  /** The output of a command of the product, which must succeed without warnings. */
  printed(...args: string[]): Promise<string>;
}

/**
 * The session of `claude-trace demo` (MCP servers, skills, memory, hooks, a subagent), traced once by the built program for all
 * tests of a file. The tests share it, so they must only read.
 */
export function tracedDemo(): TracedDemo {
  const cleanups: (() => Promise<void>)[] = [];
  let sandbox: Sandbox | undefined;
  let requests: StoredRequest[] | undefined;

  beforeAll(async () => {
    sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
    const api = await startDemo();
    cleanups.push(() => api.close());
    const traced = await sandbox.run(['wrap', '--quiet', '--', process.execPath, CLIENT], {
      env: await sandbox.behind(api),
    });
    expect(traced.exitCode).toBe(0);
    requests = sandbox.stored().filter(({ row }) => row.kind === 'messages');
  }, 60_000);

  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const there = <Thing>(thing: Thing | undefined): Thing => {
    if (thing === undefined) throw new Error('The demo is traced before the first test of the file, not earlier.');
    return thing;
  };
  return {
    get sandbox() {
      return there(sandbox);
    },
    get requests() {
      return there(requests);
    },
    async printed(...args) {
      const ended = await there(sandbox).run(args);
      expect({ exitCode: ended.exitCode, notices: notices(ended) }).toEqual({ exitCode: 0, notices: [] });
      return ended.stdout.toString();
    },
  };
}

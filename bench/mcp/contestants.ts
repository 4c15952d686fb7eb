import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fromBench, type LineProcess, startLineProcess } from '../child-process.js';
import { type Connection, connectHttp, connectStdio, SERVER } from './connections.js';

type Env = Readonly<Record<string, string>>;

const SHIM = fromBench('../dist/mcp/shim/main.cjs');
const PRODUCT = fromBench('../dist/cli/main.js');
const peer = (name: string) => fromBench(`node_modules/.bin/${name}`);

export interface Contestant {
  name: string;
  connect(env: Env, folder: string): Promise<Connection>;
}

/** Words that start a server through the shim. */
export function throughShim(socket: string, command: readonly string[] = SERVER): string[] {
  const task = { socket, name: 'echo', scope: 'record' };
  return [process.execPath, SHIM, Buffer.from(JSON.stringify(task)).toString('base64url'), ...command];
}

/** What stores what shims send, as beside `mcp record`. It ends with the first of its shims. */
function startStoring(env: Env, folder: string): { socket: string; process: LineProcess } {
  const socket = join(mkdtempSync(join(folder, 's-')), 's');
  const storing = startLineProcess([process.execPath, PRODUCT, '__mcp_record'], env);
  storing.send({ socket, name: 'echo', command: SERVER });
  return { socket, process: storing };
}

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'direct', connect: async (env) => connectStdio(SERVER, env) },
  {
    name: 'claude-trace',
    async connect(env, folder) {
      const { socket, process } = startStoring(env, folder);
      void process.finish();
      return connectStdio(throughShim(socket), env);
    },
  },
  // What the relay costs without what stores.
  { name: 'shim alone', connect: async (env) => connectStdio(throughShim('/nowhere/s'), env) },
  {
    name: 'supergateway',
    connect: (env) =>
      connectHttp(
        [
          peer('supergateway'),
          '--stdio',
          SERVER.join(' '),
          '--outputTransport',
          'streamableHttp',
          '--stateful',
          '--port',
          'PORT',
        ],
        env,
      ),
  },
  {
    name: 'mcp-proxy',
    connect: (env) => connectHttp([peer('mcp-proxy'), '--port', 'PORT', '--server', 'stream', '--', ...SERVER], env),
  },
];

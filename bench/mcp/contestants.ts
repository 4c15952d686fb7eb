import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fromBench, type LineProcess, startLineProcess } from '../child-process.js';
import { connectHttp, openStdio, SERVER } from './connections.js';
import type { Contestant } from './in-turns.js';

type Env = Readonly<Record<string, string>>;

const SHIM = fromBench('../dist/mcp/shim/main.cjs');
const PRODUCT = fromBench('../dist/cli/main.js');
const peer = (name: string) => fromBench(`node_modules/.bin/${name}`);
const AS_STREAM = ['--outputTransport', 'streamableHttp', '--stateful', '--port', 'PORT'];

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

/** Other programs that serve a stdio server over Streamable HTTP, a process for each session. */
export const PEERS: readonly Contestant[] = [
  {
    name: 'supergateway',
    connect: (env) => connectHttp([peer('supergateway'), '--stdio', SERVER.join(' '), ...AS_STREAM], env),
  },
  {
    name: 'mcp-proxy',
    connect: (env) => connectHttp([peer('mcp-proxy'), '--port', 'PORT', '--server', 'stream', '--', ...SERVER], env),
  },
];

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'direct', connect: (env) => openStdio(SERVER, env) },
  {
    name: 'claude-trace',
    async connect(env, folder) {
      const { socket, process } = startStoring(env, folder);
      void process.finish();
      return openStdio(throughShim(socket), env);
    },
  },
  // What the relay costs without what stores.
  { name: 'shim alone', connect: (env) => openStdio(throughShim('/nowhere/s'), env) },
  ...PEERS,
];

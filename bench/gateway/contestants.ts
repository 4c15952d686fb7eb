import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBench } from '../child-process.js';
import { type Connection, connectHttp, connectStdio, SERVER } from '../mcp/connections.js';

type Env = Readonly<Record<string, string>>;

const PRODUCT = fromBench('../dist/cli/main.js');
const peer = (name: string) => fromBench(`node_modules/.bin/${name}`);
const AS_STREAM = ['--outputTransport', 'streamableHttp', '--stateful', '--port', 'PORT'];

export interface Contestant {
  name: string;
  connect(env: Env, folder: string): Promise<Connection>;
}

/** To a variable of the environment. */
const reference = (name: string) => `\${${name}}`;

/** Words that start our gateway with these upstreams. @param port of the gateway */
export function gatewayCommand(folder: string, upstream: object, port: string): string[] {
  const file = join(folder, 'gateway.yaml');
  const routes = { echo: { upstreams: [upstream], limits: { sessions: 10_000 } } };
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      listen: { port: reference('GATEWAY') },
      log: { level: reference('LOG:-error') },
      routes,
    }),
  );
  return ['/usr/bin/env', `GATEWAY=${port}`, process.execPath, PRODUCT, 'gateway', '--config', file];
}

/** All serve the same program over Streamable HTTP, a process for each session. */
export const CONTESTANTS: readonly Contestant[] = [
  { name: 'direct (stdio)', connect: async (env) => connectStdio(SERVER, env) },
  {
    name: 'claude-trace',
    connect: (env, folder) => connectHttp(gatewayCommand(folder, { command: SERVER }, 'PORT'), env, '/mcp/echo'),
  },
  {
    name: 'supergateway',
    connect: (env) => connectHttp([peer('supergateway'), '--stdio', SERVER.join(' '), ...AS_STREAM], env),
  },
  {
    name: 'mcp-proxy',
    connect: (env) => connectHttp([peer('mcp-proxy'), '--port', 'PORT', '--server', 'stream', '--', ...SERVER], env),
  },
];

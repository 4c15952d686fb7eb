import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBench } from '../child-process.js';
import { connectHttp, openStdio, SERVER } from '../mcp/connections.js';
import { PEERS } from '../mcp/contestants.js';
import type { Contestant } from '../mcp/in-turns.js';

const PRODUCT = fromBench('../dist/cli/main.js');

/** Refers to a variable of the environment. */
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
  { name: 'direct (stdio)', connect: (env) => openStdio(SERVER, env) },
  {
    name: 'claude-trace',
    connect: (env, folder) => connectHttp(gatewayCommand(folder, { command: SERVER }, 'PORT'), env, '/mcp/echo'),
  },
  ...PEERS,
];

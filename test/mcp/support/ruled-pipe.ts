import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { connectionId } from '../../../src/mcp/connection-id.js';
import { carryRuled } from '../../../src/mcp/shim/ruled-shim.js';
import { PROTOCOL_VERSION } from '../../../src/mcp/socket/frames.js';
import { listenForShims, type ShimServer } from '../../../src/mcp/socket/listen.js';
import type { McpSender } from '../../../src/model/mcp.js';
import type { PauseEvent } from '../../../src/model/paused-message.js';
import type { RuleFailure } from '../../../src/model/rule-failure.js';
import type { McpEvent, McpLine } from '../../../src/wire/index.js';
import { removeFolder } from '../../support/remove-folder.js';

/** A shim with rules in this process, between a client and a server that are streams, and the listener of a run. */
export interface RuledPipe {
  listener: ShimServer;
  /** What the client writes and reads. */
  client: Peer;
  server: Peer;
  /** Recorded, in order. */
  lines(): McpLine[];
  pauses: PauseEvent[];
  failures: string[];
  ruleFailures: RuleFailure[];
  /** The shim has connected to the listener. */
  isOpen(): boolean;
  isStopped(): boolean;
  /** The server has ended; resolves when everything is passed on and recorded. */
  ended(): Promise<void>;
}

export class Peer {
  readonly out: PassThrough;
  readonly in: PassThrough;
  #read: Buffer[] = [];

  constructor(out: PassThrough, into: PassThrough) {
    this.out = out;
    this.in = into;
    into.on('data', (chunk: Buffer) => this.#read.push(chunk));
  }

  write(text: string | Buffer): void {
    this.out.write(text);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#read);
  }

  get text(): string {
    return this.bytes.toString();
  }

  /** The lines that it got, as JSON. */
  get messages(): {
    id?: number;
    method?: string;
    params?: Record<string, unknown>;
    result?: unknown;
    error?: unknown;
  }[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }
}

export async function ruledPipe(rules: string | null): Promise<RuledPipe> {
  const folder = await mkdtemp(join(tmpdir(), 'ruled-'));
  const socket = join(folder, 's');
  const events: McpEvent[] = [];
  const pauses: PauseEvent[] = [];
  const failures: string[] = [];
  const ruleFailures: RuleFailure[] = [];
  const listener = await listenForShims(socket, (event) => events.push(event), {
    text: () => rules ?? 'version: 1\nrules: []\n',
    onPause: (event) => pauses.push(event),
    onFailed: (message) => failures.push(message),
    onRuleFailed: (failure) => ruleFailures.push(failure),
  });
  const streams = () => new PassThrough({ highWaterMark: 64 * 1024 });
  const [stdin, stdout, serverIn, serverOut] = [streams(), streams(), streams(), streams()];
  let isStopped = false;
  const hello = {
    version: PROTOCOL_VERSION,
    connection: connectionId(Date.now()),
    name: 'tickets',
    scope: 'user',
    target: 'node',
    sessionId: 'session-1',
    at: 1,
  };
  const carrying = carryRuled(
    {
      task: { socket, name: 'tickets', scope: 'user' },
      server: {
        stdin: serverIn,
        stdout: serverOut,
        stop() {
          isStopped = true;
          serverOut.end();
        },
      },
      stdin,
      stdout,
      hello,
      options: { closeMs: 5_000 },
    },
    rules === null ? null : { text: rules, file: 'rules.yaml' },
  );
  onTestFinished(async () => {
    carrying.abort();
    await listener.close();
    await removeFolder(folder);
  });
  return {
    listener,
    client: new Peer(stdin, stdout),
    server: new Peer(serverOut, serverIn),
    lines: () => events.flatMap((event) => (event.type === 'mcp_lines' ? event.lines : [])),
    pauses,
    failures,
    ruleFailures,
    isOpen: () => events.some(({ type }) => type === 'mcp_opened'),
    isStopped: () => isStopped,
    async ended() {
      if (!serverOut.readableEnded) {
        const end = once(serverOut, 'end');
        serverOut.end();
        await end;
      }
      await carrying.drained();
      await carrying.observation.close('exit code 0', 9);
    },
  };
}

export const request = (id: number | string, method: string, params: object = {}) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
export const call = (id: number | string, name: string, args: object = {}) =>
  request(id, 'tools/call', { name, arguments: args });
export const answer = (id: number | string, result: unknown = {}) =>
  `${JSON.stringify({ result, jsonrpc: '2.0', id })}\n`;
export const notification = (method: string, params: object = {}) =>
  `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;

/** Of one sender, what was recorded that rules applied to. */
export const ruledOf = (lines: readonly McpLine[], sender: McpSender) =>
  lines.flatMap((line) =>
    line.ruled && line.sender === sender ? [{ text: Buffer.from(line.bytes).toString(), ...line.ruled }] : [],
  );

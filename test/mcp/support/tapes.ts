import type { RecordedTape } from '../../../src/mcp/replay/kept-frames.js';
import type { McpEra } from '../../../src/model/mcp.js';
import type { TapeFrame, TapeHead } from '../../../src/model/tape.js';

export function tapeHead(head: Partial<TapeHead> = {}): TapeHead {
  return {
    tape: 1,
    id: 'tape_01j00000000000000000000000',
    created_at: '2026-11-30T00:00:00.000Z',
    by: 'claude-trace 0.1.0',
    session: null,
    server: { name: 'tickets', transport: 'stdio', command: 'node', url: null },
    client: null,
    protocol: '2025-06-18',
    era: 'legacy',
    tags: [],
    ...head,
  };
}

/** `c` or `s`, milliseconds, and the message without `jsonrpc`, or its exact text. */
export type Line = [dir: 'c' | 's', at: number, message: object | string, more?: Partial<TapeFrame>];

export function tapeOf(lines: readonly Line[], head: Partial<TapeHead> = {}): RecordedTape {
  const frames = lines.map(([dir, at, message, more], seq): TapeFrame => {
    const text = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
    return { seq, at, dir, bytes: Buffer.from(text), ...more };
  });
  return { head: tapeHead(head), frames };
}

export function initialize(at = 0, protocolVersion = '2025-06-18'): Line[] {
  const clientInfo = { name: 'recorded', version: '1' };
  const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'tickets', version: '3' } };
  return [
    ['c', at, { id: 0, method: 'initialize', params: { protocolVersion, capabilities: {}, clientInfo } }],
    ['s', at + 5, { result, id: 0 }],
    ['c', at + 6, { method: 'notifications/initialized' }],
  ];
}

export const call = (id: number | string, name: string, args: object = {}, _meta?: object) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args, ...(_meta && { _meta }) },
});

export const text = (id: number | string, content: string) => ({
  id,
  result: { content: [{ type: 'text', text: content }] },
});

export const modernMeta = (version = '2026-07-28') => ({
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientInfo': { name: 'any', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
});

export const modernHead: { era: McpEra; protocol: string } = { era: 'modern', protocol: '2026-07-28' };

/** What both official SDKs call a transport. */
interface AnyTransport {
  send(message: unknown, ...rest: never[]): Promise<void>;
  onmessage?: ((message: never, ...rest: never[]) => void) | undefined;
}

/** Records what passes a client's transport, from now on. */
export function recordTransport(transport: AnyTransport): Line[] {
  const lines: Line[] = [];
  const started = performance.now();
  const note = (dir: Line[0], message: unknown) =>
    void lines.push([dir, performance.now() - started, JSON.stringify(message)]);
  const send = transport.send.bind(transport);
  transport.send = (message, ...rest) => {
    note('c', message);
    return send(message, ...rest);
  };
  let receive = transport.onmessage;
  Object.defineProperty(transport, 'onmessage', {
    configurable: true,
    get: () =>
      receive &&
      ((message: never, ...rest: never[]) => {
        note('s', message);
        receive?.(message, ...rest);
      }),
    set(handler: AnyTransport['onmessage']) {
      receive = handler;
    },
  });
  return lines;
}

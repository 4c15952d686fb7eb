import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isRecord, parseRecord } from '../../../src/base/json.js';

/** An editor with Claude Code's extension: Claude Code finds it by a lock file and talks MCP to it. */
export interface Editor {
  isConnected(): boolean;
  /** Zero-based lines; an empty text is a file that was only opened. */
  select(file: string, text: string, lines: { from: number; to: number }): void;
  /** What the editor says is wrong with a file from now on. */
  diagnose(file: string, message: string): void;
  close(): Promise<void>;
}

const SELECTION_EVERY_MS = 300;
const TOOLS = ['getDiagnostics', 'openDiff', 'close_tab', 'closeAllDiffTabs', 'executeCode'];

/** Starts an editor for a project: an MCP server over SSE, as the extensions of JetBrains are (those of VS Code use WebSockets). */
export async function startEditor(home: string, project: string): Promise<Editor> {
  const streams = new Set<ServerResponse>();
  let diagnostics: object[] = [];
  let selection: object | null = null;
  const send = (message: object): void => {
    for (const stream of streams) stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  };
  const resultOf = (method: unknown, params: Record<string, unknown>): object => {
    if (method === 'initialize') {
      const serverInfo = { name: 'editor', version: '1' };
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo };
    }
    if (method === 'tools/list') {
      const inputSchema = { type: 'object', properties: {} };
      return { tools: TOOLS.map((name) => ({ name, description: name, inputSchema })) };
    }
    const text = params.name === 'getDiagnostics' ? JSON.stringify(diagnostics) : 'done';
    return method === 'tools/call' ? { content: [{ type: 'text', text }] } : {};
  };
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: /messages\n\n');
      streams.add(response);
      request.on('close', () => streams.delete(response));
      return;
    }
    const message = parseRecord(Buffer.concat(await request.toArray()).toString()) ?? {};
    response.writeHead(202).end();
    if (message.id === undefined) return;
    const result = resultOf(message.method, isRecord(message.params) ? message.params : {});
    send({ jsonrpc: '2.0', id: message.id, result });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // Nothing tells when Claude Code begins to listen.
  const repeat = setInterval(() => {
    if (selection !== null) send({ jsonrpc: '2.0', method: 'selection_changed', params: selection });
  }, SELECTION_EVERY_MS);
  const locks = join(home, '.claude', 'ide');
  await mkdir(locks, { recursive: true });
  const lock = { pid: process.pid, workspaceFolders: [project], ideName: 'Visual Studio Code', transport: 'sse' };
  await writeFile(join(locks, `${port}.lock`), JSON.stringify(lock));

  return {
    isConnected: () => streams.size > 0,
    select(filePath, text, { from, to }) {
      const range = { start: { line: from, character: 0 }, end: { line: to, character: 1 } };
      selection = { selection: range, text, filePath };
    },
    diagnose(file, message) {
      const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 4 } };
      diagnostics = [{ uri: `file://${file}`, diagnostics: [{ message, severity: 'Error', range, source: 'test' }] }];
    },
    close() {
      clearInterval(repeat);
      for (const stream of streams) stream.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

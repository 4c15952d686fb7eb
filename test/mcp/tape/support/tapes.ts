import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { newTapeId } from '../../../../src/mcp/tape/index.js';
import type { TapeFrame, TapeHead } from '../../../../src/model/tape.js';
import { removeFolder } from '../../../support/remove-folder.js';

/** A folder that is removed after the test. */
export function tapeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tape-'));
  onTestFinished(() => removeFolder(folder));
  return folder;
}

export function tapeHead(given: Partial<TapeHead> = {}): TapeHead {
  return {
    tape: 1,
    id: newTapeId(),
    created_at: '2026-11-30T03:45:00.000Z',
    by: 'claude-trace 0.1.0',
    session: 'aaaaaaaa-0000-4000-8000-000000000001',
    server: {
      name: 'serena',
      transport: 'stdio',
      command: 'serena',
      url: null,
      info: { name: 'Serena', version: '1.2' },
    },
    client: { name: 'claude-code', version: '2.1.332' },
    protocol: '2025-11-25',
    era: 'legacy',
    tags: [],
    ...given,
  };
}

/** Frames of these messages, 10.5 ms apart; those that begin with `<` are of the server. */
export function framesOf(...messages: readonly (string | Buffer)[]): TapeFrame[] {
  return messages.map((message, seq) => {
    const isServer = message.toString().startsWith('<');
    return {
      seq,
      at: seq * 10.5,
      dir: isServer ? 's' : 'c',
      bytes: Buffer.from(message).subarray(isServer ? 1 : 0),
    };
  });
}

export const CALL = [
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}',
  '<{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"Serena","version":"1.2"}}}',
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"find_symbol","arguments":{"name":"Foo"}}}',
  '<{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"found"}]}}',
];

import { join } from 'node:path';
import { readDatabase } from '../../../src/store/index.js';
import type { Sandbox } from '../product.js';

/** Everything that is stored, as files and, since these are compressed, as their readers see it: bodies and messages of MCP servers. */
export async function everythingStored(sandbox: Sandbox): Promise<string> {
  const files = await sandbox.bytesBelow(join(sandbox.root, 'share'));
  const bodies = sandbox.stored().flatMap(({ requestBody, responseBody }) => [requestBody, responseBody ?? '']);
  const messages = readDatabase(sandbox.database, (reader) =>
    reader
      .mcpConnections()
      .flatMap(({ id }) => reader.mcpMessages(id).rows)
      .map(({ id }) => Buffer.from(reader.mcpMessage(id)?.bytes ?? '')),
  );
  return [files, ...bodies, ...messages].map((bytes) => bytes.toString('latin1')).join('\n');
}

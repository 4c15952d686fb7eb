import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openReaderOrEmpty } from '../../../src/store/index.js';
import type { Sandbox } from '../product.js';

/** Everything that is stored, as files and, since these are compressed, as their readers see it: bodies and messages of MCP servers. */
export async function everythingStored(sandbox: Sandbox): Promise<string> {
  const files = await sandbox.bytesBelow(join(sandbox.root, 'share'));
  const bodies = sandbox.stored().flatMap(({ requestBody, responseBody }) => [requestBody, responseBody ?? '']);
  const reader = openReaderOrEmpty(sandbox.database);
  onTestFinished(() => reader.close());
  const messages = reader.mcpConnections().flatMap(({ id }) => reader.mcpMessages(id).rows);
  return [files, ...bodies, ...messages.map(({ id }) => Buffer.from(reader.mcpMessage(id)?.bytes ?? ''))]
    .map((bytes) => bytes.toString('latin1'))
    .join('\n');
}

import type { IncomingMessage } from 'node:http';

export type Body = { bytes: Buffer } | { failed: 'too_large' | 'gone' };

/** Reads a body of at most `limit` bytes. Never throws. */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve({ failed: 'too_large' });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) parts.push(chunk);
      else resolve({ failed: 'too_large' });
    });
    request.on('end', () => resolve({ bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) }));
    request.on('error', () => resolve({ failed: 'gone' }));
    request.on('close', () => resolve({ failed: 'gone' }));
  });
}

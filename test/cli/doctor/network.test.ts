import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { announce } from '../../../src/api/announcement.js';
import { checkApi } from '../../../src/cli/doctor/api.js';
import { checkProxy } from '../../../src/cli/doctor/proxy.js';
import { tempDatabase } from '../../store/support/temp-database.js';

function databaseFile(): string {
  const file = tempDatabase();
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

describe('checkApi', () => {
  const announceAt = (database: string, port: number) =>
    announce(database, {
      url: `http://127.0.0.1:${port}`,
      token_file: 'token',
      started_at: new Date(0).toISOString(),
      version: '1.2.3',
    });

  it('notes that no server runs', async () => {
    expect(await checkApi({ database: tempDatabase() })).toMatchObject([
      { level: 'note', message: expect.stringMatching(/^no server runs/) },
    ]);
  });

  it('finds a server that answers', async () => {
    const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const database = databaseFile();
    announceAt(database, (server.address() as AddressInfo).port);
    expect(await checkApi({ database })).toMatchObject([
      { level: 'ok', message: expect.stringContaining(`claude-trace 1.2.3, pid ${process.pid}`) },
    ]);
  });

  it('notes a server that does not answer', async () => {
    const database = databaseFile();
    announceAt(database, 1);
    expect(await checkApi({ database })).toMatchObject([
      { level: 'note', message: expect.stringMatching(/does not answer$/) },
    ]);
  });
});

describe('checkProxy', () => {
  it('runs a proxy that refuses strangers', async () => {
    expect(await checkProxy({ intercept_hosts: ['api.anthropic.com'] })).toEqual({
      level: 'ok',
      what: 'proxy',
      message: 'listens on 127.0.0.1 and asks for credentials',
    });
  });
});

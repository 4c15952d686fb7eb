import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listenOn } from '../../src/base/listen-on.js';

it('goes on when connections cannot be accepted', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await listenOn(server, 'server', '127.0.0.1', 0);
  for (let time = 0; time < 3; time += 1) {
    expect(() => server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))).not.toThrow();
  }
});

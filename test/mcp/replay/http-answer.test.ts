import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { writeEvent } from '../../../src/mcp/replay/http-answer.js';

it('leaves no listeners on a stream whose client is slow', async () => {
  const slow = Object.assign(new EventEmitter(), { destroyed: false, writableEnded: false, write: () => false });
  for (let count = 0; count < 20; count++) {
    const written = writeEvent(slow as unknown as ServerResponse, Buffer.from('{}'));
    slow.emit('drain');
    await written;
  }
  expect(slow.eventNames()).toEqual([]);
});

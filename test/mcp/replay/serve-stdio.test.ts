import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { serveStdio } from '../../../src/mcp/replay/serve-stdio.js';
import { tapeOf } from '../support/tapes.js';

it('waits once for a slow client, however many answers it has for it', async () => {
  const input = new PassThrough();
  const output = new PassThrough({ highWaterMark: 1 });
  const recording = await openRecording([tapeOf([])]);
  const served = serveStdio(recording, { input, output, speed: 'max', note() {} });
  for (let id = 1; id <= 20; id++) input.write(`{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`);
  await expect.poll(() => output.listenerCount('drain')).toBe(1);

  input.end();
  const answers = textOf(output);
  await served;
  output.end();
  expect((await answers).trim().split('\n')).toHaveLength(20);
});

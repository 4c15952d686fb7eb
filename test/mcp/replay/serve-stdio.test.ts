import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { serveStdio } from '../../../src/mcp/replay/serve-stdio.js';
import { call, tapeOf, text } from '../support/tapes.js';

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

it('answers what was piped in, however long the tape takes to be read', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const { head, frames } = tapeOf([
    ['c', 0, call(1, 'find')],
    ['s', 1, text(1, 'found')],
  ]);
  let proceed = () => {};
  const gate = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  const tape = {
    head,
    frames: {
      async *[Symbol.asyncIterator]() {
        await gate;
        yield* frames;
      },
    },
  };
  const recording = await openRecording([tape]);
  const served = serveStdio(recording, { input, output, speed: 'max', note() {} });
  input.end(`${JSON.stringify({ jsonrpc: '2.0', ...call(9, 'find') })}\n`);
  // Longer than the answers after the end may take.
  await setTimeout(1_200);
  proceed();
  await served;
  output.end();
  expect(await textOf(output)).toBe(`${JSON.stringify({ jsonrpc: '2.0', ...text(9, 'found') })}\n`);
});

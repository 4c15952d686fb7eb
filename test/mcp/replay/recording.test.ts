import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonRecord } from '../../../src/base/json.js';
import { compareSession } from '../../../src/mcp/replay/client/compare-session.js';
import { ignored } from '../../../src/mcp/replay/client/ignored.js';
import type { ServerLink } from '../../../src/mcp/replay/client/open-server.js';
import { ReplayConnection } from '../../../src/mcp/replay/connection.js';
import { indexTape } from '../../../src/mcp/replay/indexed-tape.js';
import type { RecordedTape } from '../../../src/mcp/replay/kept-frames.js';
import { openRecording, type Recording } from '../../../src/mcp/replay/recording.js';
import { readTape, writeTape } from '../../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../../src/model/tape.js';
import { call, initialize, type Line, tapeHead, tapeOf, text } from '../support/tapes.js';
import { tapeFolder } from '../tape/support/tapes.js';

async function open(tapes: RecordedTape[]): Promise<Recording> {
  const recording = await openRecording(tapes);
  onTestFinished(() => recording.close());
  return recording;
}

function clientOf(recording: Recording, tape = 0) {
  const connection = new ReplayConnection(recording, { tape, speed: 'max', note() {}, send() {}, hasLines: true });
  onTestFinished(() => connection.close());
  return async (message: object): Promise<unknown[]> => {
    const answers: unknown[] = [];
    await connection.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })), (answer) => {
      answers.push(JSON.parse(answer.toString()));
    });
    return answers;
  };
}

/** A tape whose frames come when they may. */
function slowTape(lines: readonly Line[], from: number) {
  const { head, frames } = tapeOf(lines);
  let proceed = (_error?: Error) => {};
  const gate = new Promise<void>((resolve, reject) => {
    proceed = (error) => (error === undefined ? resolve() : reject(error));
  });
  const tape: RecordedTape = {
    head,
    frames: {
      async *[Symbol.asyncIterator]() {
        let index = 0;
        for await (const frame of frames) {
          if (index++ === from) await gate;
          yield frame;
        }
      },
    },
  };
  return { tape, proceed };
}

const NEXT: Line[] = [
  ...initialize(),
  ['c', 10, call(1, 'next')],
  ['s', 11, text(1, 'first')],
  ['c', 12, call(2, 'next')],
  ['s', 13, text(2, 'second')],
  ['c', 14, call(3, 'other')],
];

describe('a tape that is still being read', () => {
  it('answers what was read, and waits for what comes later', async () => {
    const { tape, proceed } = slowTape([...NEXT, ['s', 15, text(3, 'late')]], 6);
    const ask = clientOf(await open([tape]));
    expect(await ask({ id: 'i', method: 'initialize', params: {} })).toMatchObject([{ id: 'i', result: {} }]);
    expect(await ask(call('a', 'next'))).toMatchObject([{ id: 'a', result: { content: [{ text: 'first' }] } }]);
    expect(await ask({ id: 'p', method: 'ping' })).toMatchObject([{ id: 'p', result: {} }]);
    expect(await ask({ id: 'd', method: 'server/discover' })).toMatchObject([{ id: 'd', error: { code: -32601 } }]);

    const waiting = [ask(call('b', 'next')), ask(call('c', 'next')), ask(call('d', 'other')), ask(call('e', 'no'))];
    const isWaiting = Promise.race([...waiting, sleep(50).then(() => 'waiting')]);
    expect(await isWaiting).toBe('waiting');
    proceed();
    expect(await Promise.all(waiting)).toMatchObject([
      [{ id: 'b', result: { content: [{ text: 'second' }] } }],
      [{ id: 'c', result: { content: [{ text: 'second' }] } }],
      [{ id: 'd', result: { content: [{ text: 'late' }] } }],
      [{ id: 'e', error: { code: -32602, data: { recorded: { 'tools/call next': 2 } } } }],
    ]);
  });

  it('sends what was recorded after an answer once it is read', async () => {
    const changed = { method: 'notifications/tools/list_changed' };
    const { tape, proceed } = slowTape([...NEXT.slice(0, 5), ['s', 12, changed]], 5);
    const sent: string[] = [];
    const recording = await open([tape]);
    const send = (message: Buffer) => void sent.push(JSON.parse(message.toString()).method ?? 'answer');
    const connection = new ReplayConnection(recording, { speed: 'max', note() {}, send, hasLines: true });
    onTestFinished(() => connection.close());
    await connection.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...call(1, 'next') })), send);
    expect(sent).toEqual(['answer']);
    proceed();
    await expect.poll(() => sent).toEqual(['answer', 'notifications/tools/list_changed']);
  });

  it('says later that it is damaged', async () => {
    const { tape, proceed } = slowTape(NEXT, 6);
    const recording = await open([tape]);
    proceed(new Error('line 7 is damaged'));
    await expect(recording.whole).rejects.toThrow('line 7 is damaged');
  });

  it('is refused at once if it is small and damaged', async () => {
    const file = join(tapeFolder(), 'a.tape.jsonl');
    await writeTape(file, tapeHead(), tapeOf(NEXT).frames);
    appendFileSync(file, '{}\n');
    await expect(readTape(file).then((tape) => openRecording([tape]))).rejects.toThrow(/line 11, byte \d+/);
  });

  it('a tape that changes during a replay: requests get an error', async () => {
    const file = join(tapeFolder(), 'a.tape.jsonl');
    await writeTape(file, tapeHead(), tapeOf(NEXT).frames);
    const ask = clientOf(await open([await readTape(file)]));
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, 'x'.repeat(100));
    expect(await ask(call('a', 'next'))).toMatchObject([
      { id: 'a', error: { message: expect.stringContaining('the tape was changed while it was replayed') } },
    ]);
  });
});

it('shortens hostile names in what it says', async () => {
  const long = 'x'.repeat(1_000_000);
  const ask = clientOf(
    await open([
      tapeOf([
        ['c', 0, call(long, long)],
        ['s', 1, text(long, 'found')],
      ]),
    ]),
  );
  expect(await ask(call(long, long))).toMatchObject([{ id: long, result: { content: [{ text: 'found' }] } }]);
  const [miss] = await ask(call(1, `${long}y`));
  expect(JSON.stringify(miss).length).toBeLessThan(2_000);
});

it('plays the tapes of one server in turn, each with what the others have', async () => {
  const one = tapeOf([...initialize(), ['c', 10, call(1, 'next')], ['s', 11, text(1, 'one')]]);
  const two = tapeOf([
    ...initialize(),
    ['c', 10, call(1, 'next')],
    ['s', 11, text(1, 'two')],
    ['c', 12, call(2, 'b')],
    ['s', 13, text(2, 'b')],
  ]);
  const recording = await open([one, two]);
  const said = (answers: unknown) => JSON.stringify(answers).match(/"text":"(\w+)"/)?.[1];
  const [first, second] = [clientOf(recording, 0), clientOf(recording, 1)];
  const answers: unknown[] = [];
  for (const ask of [first, second]) for (let id = 0; id < 3; id++) answers.push(said(await ask(call(id, 'next'))));
  expect(answers).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
  expect(said(await first(call(9, 'b')))).toBe('b');
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');

  const held = async () => {
    // Memory of streams is released a little later.
    for (let turn = 0; turn < 2; turn++) {
      collect();
      await sleep(5);
    }
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1_000_000;
  };

  /** Megabytes that are held while what `open` gives is in use. */
  async function heldBy(open: () => Promise<unknown>): Promise<number> {
    const before = await held();
    const opened = await open();
    const after = await held();
    expect(opened).toBeDefined();
    return after - before;
  }

  function* calls(count: number, body: string): Generator<TapeFrame> {
    const frame = (seq: number, dir: 'c' | 's', message: object): TapeFrame => ({
      ...{ seq, at: seq, dir },
      bytes: Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })),
    });
    for (let id = 0; id < count / 2; id++) {
      yield frame(id * 2, 'c', call(id, `tool ${id}`, { body }));
      yield frame(id * 2 + 1, 's', text(id, `${id} ${body}`));
    }
  }

  async function play(tape: RecordedTape): Promise<Recording> {
    const recording = await open([tape]);
    await recording.whole;
    return recording;
  }

  async function show(file: string) {
    const tape = await indexTape(file);
    onTestFinished(() => tape.close());
    await expect.poll(() => tape.end).toEqual({ isPartial: false, problem: null });
    return tape;
  }

  /** Asks a server that gives the recorded answers. */
  async function compare(file: string): Promise<number> {
    let answer: (message: JsonRecord) => void = () => {};
    const server: ServerLink = {
      async send({ id, params }) {
        const { name, arguments: args } = Object(params);
        answer({ ...text(0, `${String(name).slice(5)} ${args.body}`), id, jsonrpc: '2.0' });
      },
      onMessage(listener) {
        answer = listener;
      },
      onClose() {},
      setProtocolVersion() {},
      async close() {},
    };
    const compared = { same: 0, different: 0, unanswered: 0 };
    await compareSession(await readTape(file), server, {
      ignored: ignored([]),
      timeoutMs: 60_000,
      onCompared({ outcome }) {
        compared[outcome] += 1;
      },
      onNotification() {},
    });
    return compared.same;
  }

  it.each([
    ['large messages', 100, 100_000, 3],
    ['many messages', 10_000, 0, 3],
  ])('does not grow with %s beyond some bytes for each', async (_, count, size, most) => {
    const folder = tapeFolder();
    const file = join(folder, 'a.tape.jsonl');
    await writeTape(file, tapeHead(), calls(count, 'x'.repeat(size)));
    const frames = calls(count, 'x'.repeat(size));
    const grown = {
      played: await heldBy(async () => play(await readTape(file))),
      playedFromStore: await heldBy(() => play({ head: tapeHead(), frames })),
      shown: await heldBy(() => show(file)),
      compared: await heldBy(async () => expect(await compare(file)).toBe(count / 2)),
    };
    for (const megabytes of Object.values(grown)) expect(megabytes, JSON.stringify(grown)).toBeLessThan(most);
  });
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LiveEvent } from '../../src/model/live-event.js';
import type { PausedMessage } from '../../src/model/paused-message.js';
import { followLive } from '../../src/runtime/follow-live.js';
import { openLiveChannel } from '../../src/runtime/live-channel.js';
import { createPauseBoard } from '../../src/runtime/pause-board.js';
import { createProgressBoard } from '../../src/runtime/progress-board.js';
import { untilTrue } from '../support/product.js';
import { requestRow } from '../text/support/request-rows.js';
import { aGrowing } from '../tui/panel/support/a-growing.js';

function follow(path: string, withProgress = true) {
  const events: LiveEvent[] = [];
  let gone = false;
  const { end, resume } = followLive(
    path,
    {
      onEvent: (event) => void (event.type === 'rule_failures' || events.push(event)),
      onGone: () => {
        gone = true;
      },
    },
    withProgress,
  );
  onTestFinished(end);
  return { events, end, resume, gone: () => gone };
}

async function channel() {
  const watched: boolean[] = [];
  const board = createProgressBoard((on) => void watched.push(on));
  const pauses = createPauseBoard();
  const resumed: string[] = [];
  const live = await openLiveChannel({
    onProgress: board.subscribe,
    paused: pauses.paused,
    onPaused: pauses.subscribe,
    ruleFailures: () => [],
    resume: (id) => void resumed.push(id),
  });
  onTestFinished(live.close);
  return { board, live, watched, pauses, resumed };
}

const byType = (a: LiveEvent, b: LiveEvent) => a.type.localeCompare(b.type);

describe('a live channel', () => {
  it('sends every follower the events, beginning with the answers that are open already', async () => {
    const { board, live, watched } = await channel();
    expect(statSync(dirname(live.path)).mode & 0o777).toBe(0o700);
    const first = follow(live.path);
    // Which messages it holds comes first.
    await untilTrue(() => watched.length === 1 && first.events.length === 1);
    board.grown([aGrowing('req_1', { characters: 3, blocks: [{ type: 'text', name: null, text: 'a\nb' }] })]);
    await untilTrue(() => first.events.length === 2);
    const second = follow(live.path);
    await untilTrue(() => second.events.length === 2);
    expect(second.events.toSorted(byType)).toEqual(first.events.toSorted(byType));
    board.committed([requestRow({ id: 'req_1', state: 'open' }), requestRow({ id: 'req_2' })]);
    board.committed([requestRow({ id: 'req_1' })]);
    await untilTrue(() => second.events.length === 3 && first.events.length === 3);
    expect(first.events[2]).toEqual({ type: 'ended', ids: ['req_1'] });

    first.end();
    second.end();
    await untilTrue(() => watched.length === 2);
    expect(watched).toEqual([true, false]);
    expect(first.gone()).toBe(false);
  });

  it('sends the messages that rules hold, and takes back which may pass', async () => {
    const { live, pauses, resumed } = await channel();
    const message: PausedMessage = {
      id: 'pause_1',
      rule: 'hold',
      server: 'tickets',
      method: 'tools/call',
      name: null,
      since: 5,
      limitMs: 60_000,
      alerts: ['a call waits'],
    };
    pauses.take({ type: 'paused', message });
    const { events, resume } = follow(live.path);
    await untilTrue(() => events.length === 1);
    expect(events).toEqual([{ type: 'paused', messages: [message] }]);
    resume('pause_1');
    await untilTrue(() => resumed.length === 1);
    pauses.take({ type: 'released', id: 'pause_1' });
    await untilTrue(() => events.length === 2);
    expect(events[1]).toEqual({ type: 'paused', messages: [] });
    const intruder = connect(live.path);
    onTestFinished(() => void intruder.destroy());
    intruder.write(
      'no JSON\n{"type":"resume","id":7}\n{"type":"resume","id":"else"}\n{"type":"resume","id":"pause_2"}\n',
    );
    await untilTrue(() => resumed.length === 2);
    expect(resumed).toEqual(['pause_1', 'pause_2']);
  });

  it('tells followers when it closes, and leaves no files', async () => {
    const { live } = await channel();
    const { gone } = follow(live.path);
    live.close();
    await untilTrue(gone);
    expect(existsSync(dirname(live.path))).toBe(false);
    const late = follow(live.path);
    await untilTrue(late.gone);
  });

  it('does not wait for a follower that does not read, and keeps little for it', async () => {
    const { board, live, watched } = await channel();
    const idle = connect(live.path).setEncoding('utf8').pause();
    onTestFinished(() => void idle.destroy());
    idle.write('{"type":"progress"}\n');
    await untilTrue(() => watched.length === 1);
    const blocks = [{ type: 'text', name: null, text: 'x'.repeat(30_000) }];
    for (let index = 0; index < 2_000; index += 1) board.grown([aGrowing('req_1', { characters: index, blocks })]);
    board.committed([requestRow({ id: 'req_1' })]);
    let read = '';
    idle.on('data', (text) => {
      read += text;
    });
    idle.resume();
    await untilTrue(() => read.includes('ended'));
    expect(read.length).toBeLessThan(2_000_000);
  });

  it('ignores lines that are not events', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'live');
    const lines = [
      'no json',
      '{"type":"grown"}',
      '{"type":"grown","answers":[{"id":"else","characters":1,"usage":null,"blocks":[],"isCut":false}]}',
      '{"type":"ended","ids":["req_1"]}',
    ];
    const server = createServer((socket) => void socket.end(lines.join('\n')));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const { events, gone } = follow(path);
    await untilTrue(gone);
    server.close();
    expect(events).toEqual([{ type: 'ended', ids: ['req_1'] }]);
  });

  it('refuses a path that is too long for a socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const long = join(folder, 'x'.repeat(100));
    mkdirSync(long);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = long;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    const none = {
      onProgress: () => () => {},
      paused: () => [],
      onPaused: () => () => {},
      ruleFailures: () => [],
      resume: () => {},
    };
    await expect(openLiveChannel(none)).rejects.toThrow('too long for a socket');
  });
});

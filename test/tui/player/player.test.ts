import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { indexTape } from '../../../src/mcp/replay/indexed-tape.js';
import { writeTape } from '../../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../../src/model/tape.js';
import { displayWidth } from '../../../src/text/fit.js';
import { KEY_GROUPS } from '../../../src/tui/player/actions.js';
import { createPlayer } from '../../../src/tui/player/create-player.js';
import { Playback } from '../../../src/tui/player/playback.js';
import { tapeFolder, tapeHead } from '../../mcp/tape/support/tapes.js';

/** A call and its answer for each second. */
function frames(calls: number, first = 0): TapeFrame[] {
  return Array.from({ length: calls }, (_, call): TapeFrame[] => {
    const bytes = (message: object) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: call, ...message }));
    return [
      {
        ...{ seq: first + 2 * call, at: call * 1_000, dir: 'c' as const },
        bytes: bytes({ method: 'tools/call', params: { name: `tool-${call}` } }),
      },
      {
        ...{ seq: first + 2 * call + 1, at: call * 1_000 + 250, dir: 's' as const },
        bytes: bytes({ result: { content: [{ type: 'text', text: `answer-${call} \u001b[31m\u202eevil` }] } }),
      },
    ];
  }).flat();
}

const KEYS = {
  '→': '\x1b[C',
  '←': '\x1b[D',
  '↓': '\x1b[B',
  Home: '\x1b[H',
  End: '\x1b[F',
  PgDn: '\x1b[6~',
  Enter: '\r',
};

/** A player of this tape, paused at its first frame, on a terminal of this size. */
async function opened({ calls = 50, first = 0, width = 120, height = 30 } = {}) {
  const file = join(tapeFolder(), 'tape.jsonl');
  await writeTape(file, tapeHead(), frames(calls, first));
  const tape = await indexTape(file);
  await expect.poll(() => tape.end).not.toBeNull();
  let time = 0;
  const playback = new Playback(tape, { speed: 1, now: () => time });
  const player = createPlayer(playback, { theme: 'plain' });
  onTestFinished(() => player.close());
  const done = { left: false, copied: '' };
  player.attach({
    zoom() {},
    resize() {},
    lend: async () => {},
    leave() {
      done.left = true;
    },
    copy(text) {
      done.copied = text;
    },
  });
  player.resize(width, height);
  const rows = () => player.frame().map((row) => stripVTControlCharacters(row));
  return {
    player,
    playback,
    done,
    rows,
    text: () => rows().join('\n'),
    press(...keys: string[]) {
      for (const key of keys) player.onInput(Buffer.from(key in KEYS ? KEYS[key as keyof typeof KEYS] : key));
    },
    pass(ms: number) {
      time += ms;
    },
  };
}

describe('the player of a tape', () => {
  it('shows frames, the message of one, and the position', async () => {
    const { text } = await opened();

    await expect.poll(text).toMatch(/^serena {2}stdio/);
    expect(text()).toMatch(/▸ +0:00\.000 → tools\/call tool-0/);
    expect(text()).toMatch(/0:00\.250 ← answer: tool-0 .* 250 ms/);
    expect(text()).toContain('"name": "tool-0"');
    expect(text()).toMatch(/❚❚ 1× {3}0:00\.0 .* 0:49\.2 .* frame 0 \(100 frames\)/);
  });

  it('steps forward and back, and goes to both ends', async () => {
    const { press, playback, text } = await opened();
    const at = (...keys: string[]) => {
      press(...keys);
      return playback.selected;
    };

    expect([at('→', '→', '↓'), at('←'), at('k'), at('End'), at('→'), at('Home'), at('←')]).toEqual([
      ...[3, 2, 1, 99, 99, 0, 0],
    ]);
    expect(at('PgDn')).toBeGreaterThan(10);
    press('Home', '→');
    await expect.poll(text).toContain('answer-0');
  });

  it.each([
    ['12', 12],
    ['#0', 0],
    ['0:10', 20],
    ['10.3s', 21],
    ['50%', 49],
    ['100%', 99],
    ['99999', 99],
    ['9:59:59', 99],
  ])('goes to %s', async (place, index) => {
    const { press, playback } = await opened();
    press('g', ...place, 'Enter');

    expect(playback.selected).toBe(index);
  });

  it('names frames by the numbers that the tape gives them', async () => {
    const { press, playback, text } = await opened({ first: 7, width: 100 });
    await expect.poll(text).toMatch(/▸ +7 +0:00\.000 /);
    press('g', ...'12', 'Enter');

    expect(playback.selected).toBe(5);
    await expect.poll(text).toMatch(/▸ +12 +0:02\.250 .* frame 12 \(100 frames\)/s);
    press('g', '0', 'Enter');
    expect(playback.selected).toBe(0);
  });

  it('says what a place is, and stays where it was', async () => {
    const { press, playback, text } = await opened();
    press('→', ':', 'nowhere');
    await expect.poll(text).toContain('go to: nowhere▏');
    press('Enter');

    await expect.poll(text).toContain('Enter a frame (120)');
    expect(playback.selected).toBe(1);
  });

  it('plays in the time of the recording, at other speeds and on from where it was paused', async () => {
    const { press, playback, pass } = await opened();
    const reached = (index: number) => expect.poll(() => playback.selected).toBe(index);
    press(' ');
    pass(3_100);
    await reached(6);
    press(']');
    expect(playback.speed).toBe(2);
    pass(1_000);
    await reached(10);
    press(' ');
    pass(60_000);
    press(' ', '[', '[');
    expect([playback.speed, playback.playing]).toEqual([0.5, true]);
    pass(2_000);
    await reached(12);
  });

  it('stops at the end, and begins again', async () => {
    const { press, playback, pass, text } = await opened();
    press(' ');
    pass(100_000);
    await expect.poll(() => playback.playing).toBe(false);
    expect([playback.selected, playback.place]).toEqual([99, 49_250]);
    await expect.poll(text).toMatch(/100 % +frame 99 \(100 frames\)/);
    press(' ');
    expect([playback.selected, playback.playing]).toEqual([0, true]);
  });

  it('stays at 0:00 at speed max while no frame was read', async () => {
    const file = join(tapeFolder(), 'tape.jsonl');
    await writeTape(file, tapeHead(), []);
    const tape = await indexTape(file);
    await expect.poll(() => tape.end).not.toBeNull();
    const reading = Object.defineProperty(tape, 'end', { value: null });
    const playback = new Playback(reading, { speed: 'max' });
    onTestFinished(() => playback.close());
    playback.toggle();
    await new Promise<void>((resolve) => {
      playback.onChange(resolve);
    });
    expect([playback.playing, playback.selected, playback.place]).toEqual([true, 0, 0]);
  });

  it('is soon through a long tape at speed max', async () => {
    const { press, playback } = await opened({ calls: 160 });
    press(...']]]]', ' ');
    expect(playback.speed).toBe('max');

    await expect.poll(() => playback.selected).toBe(319);
  });

  it('scrolls the message, copies it, shows its keys and is left', async () => {
    const { press, playback, text, done } = await opened({ height: 12 });
    press('→', '\t', '↓', '↓');
    await expect.poll(() => text().includes('"jsonrpc"')).toBe(false);
    expect(playback.selected).toBe(1);
    press('y');
    expect(JSON.parse(done.copied)).toMatchObject({ id: 0 });
    press('?');
    await expect.poll(text).toContain('play, pause; at the end, play again');
    press('\x1b');
    await expect.poll(text).toContain('"content"');
    press('q');
    expect(done.left).toBe(true);
  });

  it.each([
    [40, 5],
    [80, 24],
    [80, 9],
    [120, 30],
    [200, 50],
    [20, 3],
    [10, 1],
  ])('fits %dx%d cells, whatever servers write', async (width, height) => {
    const { rows, press, player } = await opened({ width: 100, height: 20 });
    player.resize(width, height);
    press('→');

    await expect.poll(() => rows().length).toBeLessThanOrEqual(height);
    for (const row of rows()) expect(displayWidth(row)).toBeLessThanOrEqual(width);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach the terminal
    expect(rows().join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('selects by mouse', async () => {
    const { player, playback } = await opened();
    await expect.poll(() => player.frame().length).toBe(30);
    player.onMouse({ type: 'press', x: 5, y: 6 });
    expect(playback.selected).toBe(4);
    player.onMouse({ type: 'wheelDown', x: 5, y: 6 });
    expect(playback.selected).toBe(5);
  });

  it('has each key once', () => {
    const keys = KEY_GROUPS.flatMap(({ lines }) => lines.flatMap((line) => line.keys));

    expect(new Set(keys).size).toBe(keys.length);
  });
});

it('has a row in the manual for each key', () => {
  const manual = readFileSync(new URL('../../../docs/replay.md', import.meta.url), 'utf8');
  const keys = KEY_GROUPS.flatMap(({ lines }) => lines.flatMap((line) => line.keys));

  for (const key of keys) expect(manual).toContain(`\`${key}\``);
});

import { createCompositor } from '../../src/tui/split/draw/compositor.js';
import { createScreen } from '../../src/tui/split/emulator/screen.js';
import { arrangePanes, type Size } from '../../src/tui/split/layout.js';
import { unknownTerminal } from '../../src/tui/split/outside/terminal-facts.js';
import { terminalKind } from '../../src/tui/split/outside/terminal-kind.js';
import { cpuTime, median, percentile } from '../numbers.js';
import { pictureOf } from './picture.js';
import { cpuOf } from './processes.js';
import { sizeAround, type Wrapped } from './wrappers.js';

/** What a full-screen child's frames cost whoever shows them. */
export interface ShownFrames {
  name: string;
  /** CPU a frame of the child, milliseconds: medians of rounds. */
  cpuMs: number | null;
  /** Written to the terminal, a frame of the child. */
  bytes: number | null;
  /** Of the time in which they came. */
  cpuShare: number | null;
}

export const FRAMES_SIZE: Size = { width: 200, height: 50 };
/** For each key that the busy child gets. */
export const FRAMES = 60;

/** Each in turn shows what a key makes its child draw. */
export async function measureFrames(wrapped: readonly Wrapped[], rounds: number): Promise<ShownFrames[]> {
  const shown = wrapped.map(() => ({
    cpuMs: [] as (number | null)[],
    bytes: [] as number[],
    share: [] as (number | null)[],
  }));
  const pids = wrapped.map((each) => each.pids());
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { terminal }] of wrapped.entries()) {
      const bytes = terminal.bytes();
      const stop = cpuOf(pids[index] ?? []);
      const ms = await terminal.answer('x', /■/);
      const used = stop();
      if (round === 0) continue;
      shown[index]?.cpuMs.push(used === null ? null : used / FRAMES);
      shown[index]?.share.push(used === null ? null : used / ms);
      shown[index]?.bytes.push((terminal.bytes() - bytes) / FRAMES);
    }
  }
  return wrapped.map(({ name }, index) => {
    const { cpuMs = [], bytes = [], share = [] } = shown[index] ?? {};
    return { name, cpuMs: median(cpuMs), bytes: median(bytes), cpuShare: median(share) };
  });
}

/** CPU of joining child and panel to one frame, milliseconds: the child's screen is different in every cell. */
export interface Composing {
  p50Ms: number | null;
  p95Ms: number | null;
}

const WARM_UP = 50;

export async function measureComposing(frames: number): Promise<Composing> {
  const outer = sizeAround(FRAMES_SIZE);
  const layout = arrangePanes(outer, 'both');
  const outside = unknownTerminal();
  const kind = terminalKind({ TERM: 'xterm-256color', COLORTERM: 'truecolor' });
  const screen = createScreen(FRAMES_SIZE, outside, kind, { onAnswer() {}, onPassedOn() {}, onWholeFrame() {} });
  const compositor = createCompositor(kind, outside);
  compositor.reset(outer, layout);
  const panel = Array.from({ length: outer.height }, (_, y) => `row ${y}`);
  const times: number[] = [];
  for (let frame = 0; frame < WARM_UP + frames; frame += 1) {
    await new Promise<void>((resolve) => screen.write(Buffer.from(pictureOf(frame, FRAMES_SIZE)), resolve));
    const cpuMs = cpuTime(() => {
      compositor.update({
        child: screen,
        panel,
        divider: '│',
        bar: '',
        note: null,
        cursor: screen.cursor(),
      });
    });
    if (frame >= WARM_UP) times.push(cpuMs);
  }
  screen.dispose();
  return { p50Ms: median(times), p95Ms: percentile(times, 0.95) };
}

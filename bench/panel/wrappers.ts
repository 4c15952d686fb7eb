import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrangePanes, type Size } from '../../src/tui/split/layout.js';
import type { Arena } from '../targets/contestant.js';
import { productEnv, WRAP_SPLIT } from '../targets/product.js';
import { type Answers, NO_ANSWERS, openTerminal, type Terminal } from './terminal.js';

/** A child on a terminal, with something between the two or nothing. */
export interface Wrapped {
  name: string;
  terminal: Terminal;
  /** The processes that stand between. */
  pids(): number[];
  close(): Promise<void>;
}

/** Where a contestant keeps its files, and what its processes find in their environment. */
export type Place = Pick<Arena, 'env' | 'folder'>;

const NO_WRAPPER = 'no wrapper';
export const TMUX = 'tmux';
export const SPLIT = 'split pane';

/** The child on a terminal of this size, by itself. */
function unwrapped({ env }: Place, child: readonly string[], size: Size, answers: Answers): Wrapped {
  const terminal = openTerminal(child, size, env, answers);
  return { name: NO_WRAPPER, terminal, pids: () => [], close: terminal.close };
}

/** The child beside the panel: its part of the terminal has this size. @param node how Node.js is started */
export function inSplitPane(
  place: Place,
  child: readonly string[],
  size: Size,
  answers = NO_ANSWERS,
  node = [process.execPath],
): Wrapped {
  const terminal = openTerminal([...node, ...WRAP_SPLIT, ...child], sizeAround(size), productEnv(place), answers);
  return { name: SPLIT, terminal, pids: () => [terminal.pid], close: terminal.close };
}

/** The child in a tmux of its own, without a status line. @throws Error where there is no tmux */
function inTmux({ env, folder }: Place, child: readonly string[], size: Size, answers: Answers): Wrapped {
  const config = join(folder, 'tmux.conf');
  writeFileSync(config, 'set -g status off\nset -s escape-time 0\n');
  const tmux = ['tmux', '-u', '-S', join(folder, 'tmux.socket'), '-f', config];
  if (spawnSync('tmux', ['-V'], { env }).status !== 0) throw new Error('there is no tmux');
  const terminal = openTerminal([...tmux, 'new-session', ...child], size, env, answers);
  const ask = (...words: string[]) => spawnSync('tmux', [...tmux.slice(1), ...words], { env, encoding: 'utf8' }).stdout;
  return {
    name: TMUX,
    terminal,
    pids: () => [terminal.pid, Number(ask('display-message', '-p', '#{pid}'))],
    async close() {
      ask('kill-server');
      await terminal.close();
    },
  };
}

/**
 * The same child in each of them at once, once it has said that it is ready.
 * @param answers what the terminal says about itself
 * @returns what was measured, and who could not take part and why
 */
export async function inEach<Measured>(
  placeOf: (name: string) => Place,
  child: readonly string[],
  size: Size,
  measure: (wrapped: readonly Wrapped[]) => Promise<Measured>,
  answers = NO_ANSWERS,
): Promise<{ measured: Measured; leftOut: string[] }> {
  const leftOut: string[] = [];
  const wrapped = [unwrapped, inTmux, inSplitPane].flatMap((wrap) => {
    try {
      return wrap(placeOf(`${wrap.name}-${size.width}`), child, size, answers);
    } catch (error) {
      leftOut.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  for (const { terminal } of wrapped) await terminal.shows(/ready/);
  const measured = await measure(wrapped);
  for (const { close } of wrapped) await close();
  return { measured, leftOut };
}

/** The size of a terminal on which a child beside the panel gets this size. */
export function sizeAround({ width, height }: Size): Size {
  for (let outer = width; outer < 3 * width; outer += 1) {
    const { child, panel } = arrangePanes({ width: outer, height }, 'both');
    if (panel !== null && child?.width === width && child.height === height) return { width: outer, height };
  }
  throw new Error(`No terminal has a child of ${width}x${height} beside a panel.`);
}

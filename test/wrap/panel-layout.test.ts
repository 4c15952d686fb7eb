import { describe, expect, it } from 'vitest';
import { chooseLayout, type Terminals } from '../../src/wrap/panel-layout.js';

const TERM = 'xterm-256color';
const IN_TMUX = { TERM, TMUX: '/run/tmux/default,1,0', TMUX_PANE: '%3' };

function terminals(change: Partial<Terminals> = {}): Terminals {
  return { stdin: true, stdout: true, stderr: true, env: { TERM }, ...change };
}

describe('chooseLayout', () => {
  it('is the wanted layout on a terminal', () => {
    for (const wanted of ['split', 'tmux', 'none'] as const) {
      expect(chooseLayout(wanted, terminals())).toBe(wanted);
      expect(chooseLayout(wanted, terminals({ env: IN_TMUX }))).toBe(wanted);
    }
  });

  it('shows no panel where stdin or stdout is not a terminal', () => {
    for (const wanted of ['auto', 'split', 'tmux'] as const) {
      expect(chooseLayout(wanted, terminals({ stdin: false }))).toBe('none');
      expect(chooseLayout(wanted, terminals({ stdout: false, env: IN_TMUX }))).toBe('none');
    }
  });

  it('is by default a pane of tmux inside tmux, and a split pane elsewhere', () => {
    expect(chooseLayout('auto', terminals())).toBe('split');
    expect(chooseLayout('auto', terminals({ env: IN_TMUX }))).toBe('tmux');
  });

  it('shows no panel by default where stderr is redirected, or the terminal cannot draw', () => {
    expect(chooseLayout('auto', terminals({ stderr: false }))).toBe('none');
    expect(chooseLayout('split', terminals({ stderr: false }))).toBe('split');
    expect(chooseLayout('auto', terminals({ env: { TERM: 'dumb' } }))).toBe('none');
    expect(chooseLayout('auto', terminals({ env: {} }))).toBe('none');
  });
});

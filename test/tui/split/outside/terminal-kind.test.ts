import { describe, expect, it } from 'vitest';
import { childTerminalEnv } from '../../../../src/tui/split/child/child-environment.js';
import { isDumb, terminalKind } from '../../../../src/tui/split/outside/terminal-kind.js';

describe('terminalKind', () => {
  it.each<[string, NodeJS.ProcessEnv, unknown]>([
    ['a terminal that says so', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'rgb'],
    ['the same behind SSH', { TERM: 'xterm-256color' }, 256],
    ['one whose name says so', { TERM: 'xterm-kitty' }, 'rgb'],
    ['tmux, which converts', { TERM: 'screen', TMUX: '/tmp/tmux' }, 'rgb'],
    ['tmux on another machine', { TERM: 'tmux-256color' }, 256],
    ['GNU screen in a better terminal', { TERM: 'screen', STY: '1.pts', COLORTERM: 'truecolor' }, 16],
    ['the same on another machine', { TERM: 'screen', COLORTERM: 'truecolor' }, 16],
    ['GNU screen with 256 colours', { TERM: 'screen.xterm-256color', STY: '1.pts', COLORTERM: 'truecolor' }, 256],
    ['Terminal.app', { TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, 256],
    ['an old xterm', { TERM: 'xterm' }, 16],
    ['the console of Linux', { TERM: 'linux', COLORTERM: 'truecolor' }, 16],
    ['a VT100', { TERM: 'vt100', COLORTERM: 'truecolor' }, 'none'],
    ['a monochrome xterm', { TERM: 'xterm-mono' }, 'none'],
  ])('knows the colours of %s', (_, env, depth) => {
    expect(terminalKind(env).depth).toBe(depth);
  });

  it.each<[NodeJS.ProcessEnv, unknown]>([
    [{ TERM: 'xterm' }, 'unicode'],
    [{ TERM: 'xterm', LANG: 'C' }, 'unicode'],
    [{ TERM: 'xterm', LANG: 'de_DE.ISO-8859-1' }, 'ascii'],
    [{ TERM: 'xterm', LANG: 'de_DE.ISO-8859-1', LC_ALL: 'C.UTF-8' }, 'unicode'],
    [{ TERM: 'linux', LANG: 'C.UTF-8' }, 'console'],
    [{ TERM: 'linux' }, 'ascii'],
    [{ TERM: 'vt100', LANG: 'C' }, 'ascii'],
  ])('knows the characters of %o', (env, repertoire) => {
    expect(terminalKind(env).repertoire).toBe(repertoire);
  });

  it('an unknown terminal is dumb', () => {
    for (const TERM of [undefined, '', 'dumb', 'unknown']) expect(isDumb({ TERM })).toBe(true);
    expect(isDumb({ TERM: 'vt100' })).toBe(false);
  });
});

describe("the child's colour variables", () => {
  it.each<[NodeJS.ProcessEnv, string, string | undefined]>([
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'xterm-256color', 'truecolor'],
    [{ TERM: 'screen-256color', STY: '1.pts', COLORTERM: 'truecolor' }, 'xterm-256color', undefined],
    [{ TERM: 'linux', COLORTERM: 'yes' }, 'xterm', undefined],
    [{ TERM: 'vt100' }, 'vt220', undefined],
  ])('is true: %o', (env, term, colorterm) => {
    const given = childTerminalEnv(env);
    expect(given.TERM).toBe(term);
    expect(given.COLORTERM).toBe(colorterm);
  });

  it('keeps NO_COLOR', () => {
    expect(childTerminalEnv({ TERM: 'xterm', NO_COLOR: '1' }).NO_COLOR).toBe('1');
  });
});

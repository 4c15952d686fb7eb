import { describe, expect, it } from 'vitest';
import { switchingKey } from '../../src/wrap/tmux-keys.js';

describe('the key that leads to the other pane', () => {
  it.each([
    ['bind-key    -T prefix \\;      last-pane\nbind-key    -T prefix o       select-pane -t :.+', 'o'],
    ['bind-key -T prefix \\; last-pane\nbind-key -r -T prefix Right select-pane -R', ';'],
    ['bind-key -r -T prefix M-Right resize-pane -R 5\nbind-key -r -T prefix Right select-pane -R', '→'],
    ['bind-key -T prefix C-o select-pane -t :.+', 'Ctrl-o'],
    ['bind-key -T prefix d detach-client', null],
    ['', null],
  ])('%s', (bindings, key) => {
    expect(switchingKey(bindings)).toBe(key);
  });
});

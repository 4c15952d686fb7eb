import { describe, expect, it, vi } from 'vitest';
import { createLatePanel } from '../../../src/tui/split/late-panel.js';
import type { Panel, PanelHost } from '../../../src/tui/split/panel.js';

/** A panel that notes the calls to it. */
function notingPanel() {
  const notes: string[] = [];
  const panel: Panel = {
    attach: () => void notes.push('attach'),
    resize: (width, height) => void notes.push(`resize ${width}x${height}`),
    frame: () => ['a row'],
    statusRow: () => 'status',
    onFrame: () => () => {},
    onInput: (bytes) => void notes.push(`input ${bytes}`),
    onMouse: () => void notes.push('mouse'),
    onPrefixed: (key) => key === '+',
    onFocus: (focus) => void notes.push(`focus ${focus}`),
    close: () => void notes.push('close'),
  };
  return { panel, notes };
}

const host = {} as PanelHost;

describe('createLatePanel', () => {
  it('is blank until it is shown; the panel then gets the latest size and focus', async () => {
    const { panel, notes } = notingPanel();
    const late = createLatePanel(async () => panel);
    const onFrame = vi.fn();
    late.attach(host);
    late.onFrame(onFrame);
    late.resize(40, 10);
    late.resize(50, 12);
    late.onFocus('none');
    expect([late.frame(), late.statusRow(20)]).toEqual([[], '']);
    late.show();
    await vi.waitFor(() => expect(onFrame).toHaveBeenCalled());
    expect(notes).toEqual(['attach', 'resize 50x12', 'focus none']);
    expect([late.frame(), late.statusRow(20)]).toEqual([['a row'], 'status']);
    late.resize(60, 12);
    expect(notes.at(-1)).toBe('resize 60x12');
  });

  it('is loaded once, by the keyboard too, and gets the keys that came before', async () => {
    const { panel, notes } = notingPanel();
    const load = vi.fn(async () => panel);
    const late = createLatePanel(load);
    expect(late.onPrefixed('+')).toBe(false);
    late.onFocus('panel');
    late.onInput(Buffer.from('+'));
    late.show();
    await vi.waitFor(() => expect(notes).toEqual(['focus panel', 'input +']));
    expect(load).toHaveBeenCalledTimes(1);
    expect(late.onPrefixed('+')).toBe(true);
  });

  it('throws, with the next frame, the error that kept it from loading', async () => {
    const late = createLatePanel(async () => {
      throw new Error('no panel');
    });
    const onFrame = vi.fn();
    late.onFrame(onFrame);
    late.show();
    await vi.waitFor(() => expect(onFrame).toHaveBeenCalled());
    expect(() => late.frame()).toThrow('no panel');
  });

  it('closes a panel that comes after it was closed', async () => {
    const { panel, notes } = notingPanel();
    const late = createLatePanel(async () => panel);
    late.show();
    late.close();
    await vi.waitFor(() => expect(notes).toEqual(['close']));
  });
});

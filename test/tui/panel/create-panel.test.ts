import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReader } from '../../../src/store/index.js';
import { createPanel } from '../../../src/tui/panel/create-panel.js';
import { openPanelData } from '../../../src/tui/panel/data/panel-data.js';
import type { ThemeName } from '../../../src/tui/panel/theme.js';
import type { PanelHost } from '../../../src/tui/split/panel.js';
import { anAttribution, aResponse, aShare } from '../../store/support/records.js';
import { untilTrue } from '../../support/product.js';
import { someRequests } from './support/some-requests.js';

function newPanel(file: string, theme: ThemeName = 'dark') {
  const panel = createPanel({ data: openPanelData(file), prices: {}, theme, prefix: 'Ctrl-]' });
  const asked: string[] = [];
  const host: PanelHost = {
    leave: () => void asked.push('leave'),
    zoom: () => void asked.push('zoom'),
    resize: (steps) => void asked.push(`resize ${steps}`),
    copy: (text) => void asked.push(`copy ${text}`),
    lend: async () => void asked.push('lend'),
  };
  panel.attach(host);
  onTestFinished(() => panel.close());
  return { panel, asked };
}

const type = (text: string) => Buffer.from(text);

describe('createPanel', () => {
  it('announces frames that fit its size and contain only text and SGR', async () => {
    const { file } = someRequests(20);
    const { panel } = newPanel(file);
    let frames = 0;
    panel.onFrame(() => {
      frames += 1;
    });
    for (const [width, height] of [
      [60, 30],
      [80, 24],
      [1, 1],
      [7, 3],
      [90, 40],
    ] as const) {
      const before = frames;
      panel.resize(width, height);
      await untilTrue(() => frames > before);
      expect(panel.frame().length).toBeLessThanOrEqual(height);
      for (const row of panel.frame()) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(row.replace(/\x1b\[[0-9;]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f]/);
        expect(stringWidth(row)).toBeLessThanOrEqual(width);
      }
    }
    await untilTrue(() => panel.frame().some((row) => row.includes('model-20')));
  });

  it('has the head line as a status row', async () => {
    const { file } = someRequests(2);
    const { panel } = newPanel(file);
    panel.resize(60, 20);
    await untilTrue(() => panel.statusRow(60).includes('session'));
    for (const width of [1, 10, 60, 200]) expect(stringWidth(panel.statusRow(width))).toBeLessThanOrEqual(width);
  });

  it('announces at once that a cache miss costs money, also in the status row', async () => {
    const { file, store, send } = someRequests(2);
    const { panel } = newPanel(file);
    const shows = (text: string) =>
      untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes(text)));
    const miss = { source: null, path: null, detail: '23 min after the last use', lostTokens: 26_000 };
    const missed = (lostUsd: number) => {
      const cacheMiss = { ...miss, cause: 'expired' as const, lostUsd };
      const request = send();
      store.saveResponse(aResponse(request), anAttribution([aShare('mcp:tickets', 10)], { cacheMiss }));
    };
    panel.resize(100, 20);
    panel.onFocus('none');
    await shows('main 1.0k');
    missed(0.001);
    await untilTrue(() => panel.statusRow(100).includes('last: mcp'));
    expect(panel.statusRow(100)).not.toContain('expired');
    missed(0.15);
    const said = 'cache expired 23 min after the last use: 26.0k tokens again, $0.15';
    await shows(said);
    expect(panel.statusRow(100)).toBe(said);
  });

  it('rates the last answer after the prefix key, undoes that, and leaves other keys to onInput', async () => {
    const { file } = someRequests(2);
    const { panel } = newPanel(file);
    panel.resize(100, 20);
    expect(panel.onPrefixed('+')).toBe(true);
    const reader = openReader(file);
    expect(reader.rating('last')).toMatchObject({ rating: 1 });
    expect(panel.onPrefixed('j')).toBe(false);
    await untilTrue(() => panel.frame().some((row) => row.includes('rated +1')));
    expect(panel.statusRow(80)).toContain('rated +1');
    expect(panel.onPrefixed('-')).toBe(true);
    expect(reader.rating('last')).toMatchObject({ rating: -1 });
    expect(panel.onPrefixed('u')).toBe(true);
    expect(reader.rating('last')).toMatchObject({ rating: 1 });
    reader.close();
  });

  it('names the key that undoes a rating for the pane that has the keyboard', async () => {
    const { file } = someRequests(2);
    for (const width of [100, 46]) {
      const { panel } = newPanel(file);
      const shows = (text: string) =>
        untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes(text)));
      panel.resize(width, 20);
      panel.onFocus('none');
      panel.onPrefixed('+');
      await shows('(Ctrl-] u takes it back)');
      expect(panel.statusRow(width)).toMatch(/^rated \+1.*\(Ctrl-\] u takes it back\)$/);
      panel.onFocus('panel');
      await shows('(u takes it back)');
    }
  });

  it('shows the newest request again when the keyboard returns to the child', async () => {
    const { file, send, answer } = someRequests(60);
    const { panel } = newPanel(file);
    const screen = () => panel.frame().map(stripVTControlCharacters).join('\n');
    panel.resize(110, 30);
    panel.onFocus('panel');
    await untilTrue(() => screen().includes('1/60'));
    panel.onInput(type('G'));
    await untilTrue(() => screen().includes('60/60') && /▸ .* model-1 /.test(screen()));
    panel.onFocus('none');
    await untilTrue(() => screen().includes('1/60'));
    const others = Array.from({ length: 3 }, (_, index) =>
      send({ model: `claude-opus-4-${index}`, sessionId: 'another' }),
    );
    for (const each of others) answer(each);
    await untilTrue(() => /▸ .* opus-4-2 /.test(screen()) && /session \$/.test(screen()));
    expect(screen()).toContain('1/63');
  });

  it('shows what the keys do, and asks its host to zoom, lend, copy and leave', async () => {
    const { file } = someRequests(1);
    const { panel, asked } = newPanel(file);
    const shows = (text: string) =>
      untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes(text)));
    panel.resize(100, 20);
    await shows('model-1');
    panel.onFocus('none');
    await shows('to this panel');
    panel.onFocus('armed');
    await shows('0 rate  u undo');
    await shows('r release');
    panel.onFocus('panel');
    await shows('Enter open');
    // Several at once, a search among them: each means what the one before it left.
    panel.onInput(type('??/nothing like this\r'));
    await shows('No request matches');
    expect(panel.frame().join('\n')).not.toContain('0 requests');
    panel.onInput(type('\x1b'));
    await shows('model-1');
    // Keys that are let go, the first of them one that was pressed elsewhere.
    panel.onInput(type('\x1b[122;1:3uy\x1b[121;1:3uzq'));
    await untilTrue(() => asked.length === 3);
    expect(asked).toEqual([expect.stringMatching(/^copy req_/), 'zoom', 'leave']);
  });

  it('puts a paste into the open prompt and never takes it for keys', async () => {
    const { file } = someRequests(1);
    const { panel, asked } = newPanel(file);
    const shows = (text: string) =>
      untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes(text)));
    panel.resize(100, 20);
    await shows('model-1');
    panel.onInput(type('\x1b[200~+0yq'));
    panel.onInput(type('+ more\x1b[201~'));
    await shows('Pasted text goes into');
    expect(asked).toEqual([]);
    const reader = openReader(file);
    expect(reader.rating('last')).toBeNull();
    reader.close();
    panel.onInput(type('/\x1b[200~rename\nthe \x1b[201~parser'));
    await shows('search for: rename the parser');
    // A paste from a terminal has its colours: each of these sequences would be a key, and what follows it more keys.
    panel.onInput(type('\x1b[200~, \x1b[31mred\x1b[0m \x1b[Aand\x1b \x1b[1;5Pq\x1b[201~.'));
    await shows('search for: rename the parser, red and  q.');
    expect(asked).toEqual([]);
  });

  it('takes no function key with a modifier for typed characters', async () => {
    const { file } = someRequests(1);
    const { panel, asked } = newPanel(file);
    const screen = () => panel.frame().map(stripVTControlCharacters).join('\n');
    panel.resize(100, 20);
    await untilTrue(() => screen().includes('model-1'));
    panel.onInput(type('/'));
    for (const modifier of [2, 5, 6]) for (const key of 'PQRS') panel.onInput(type(`\x1b[1;${modifier}${key}`));
    panel.onInput(type('typed'));
    await untilTrue(() => screen().includes('search for: typed'));
    expect(asked).toEqual([]);
  });

  it('shows why a database cannot be read, and keeps working', async () => {
    const { file } = someRequests(1);
    const { panel } = newPanel(file);
    const shows = (text: string) =>
      untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes(text)));
    panel.resize(100, 20);
    await shows('model-1');
    const spoilt = `${file}.spoilt`;
    writeFileSync(spoilt, 'this is no database, and is long enough to be looked at as one');
    renameSync(spoilt, file);
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    await shows('is damaged');
    for (const keys of ['/text\r', '2', '3', '4', '5', '1', '+', 'u', 'c', 'text\r', 'v', 'Y', 'G', 'g']) {
      expect(() => panel.onInput(type(keys))).not.toThrow();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await shows('is damaged');
  });

  it('shows no control characters of a captured id', async () => {
    const { file } = someRequests(1);
    const sessionId = '\x1b[2J\x1b[H';
    const panel = createPanel({ data: openPanelData(file), prices: {}, theme: 'dark', sessionId });
    onTestFinished(() => panel.close());
    panel.resize(100, 20);
    await untilTrue(() => panel.frame().some((row) => row.includes('session ')));
    expect(panel.frame().join('\n')).not.toContain('\x1b[2J');
  });

  it('throws its own failure from frame()', async () => {
    const { file } = someRequests(1);
    const { panel } = newPanel(file, 'no such theme' as ThemeName);
    let failed = false;
    panel.onFrame(() => {
      try {
        panel.frame();
      } catch {
        failed = true;
      }
    });
    panel.resize(80, 24);
    await untilTrue(() => failed);
    expect(() => panel.frame()).toThrow(TypeError);
  });

  it('survives any keys at any size while requests arrive and are answered', async () => {
    const { file, send, answer } = someRequests(30);
    const { panel } = newPanel(file);
    panel.resize(80, 24);
    await untilTrue(() => panel.frame().some((row) => row.includes('model-30')));
    const keys = fc.constantFrom(
      ...'jkgG hlnp/scfo+-0uyY?12345b\r\t\x1b\x7f\x15事*"',
      '\x1b[A',
      '\x1b[B',
      '\x1b[5~',
      '\x1b[6~',
      '\x1b[C',
    );
    const step = fc.record({ keys: fc.array(keys, { maxLength: 12 }), width: fc.nat(120), height: fc.nat(40) });
    for (const { keys: typed, width, height } of fc.sample(step, { numRuns: 60, seed: 7 })) {
      const request = send();
      panel.onInput(type(typed.join('')));
      panel.resize(width + 1, height + 1);
      answer(request);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(panel.frame().length).toBeLessThanOrEqual(height + 1);
      for (const row of panel.frame()) expect(stringWidth(row)).toBeLessThanOrEqual(width + 1);
    }
    panel.resize(80, 24);
    panel.onInput(type('\x1b'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    panel.onInput(type('1'));
    await untilTrue(() => panel.frame().some((row) => stripVTControlCharacters(row).includes('[1 requests]')));
  });
});

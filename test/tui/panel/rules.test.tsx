import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { PausedMessage } from '../../../src/model/paused-message.js';
import { aCall, answered } from '../../store/support/mcp-records.js';
import { playedMcp } from '../../store/support/played-mcp.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

const HOSTILE = '\u001b]0;x\u0007\u202e';

function heldMessage(n: number, values: Partial<PausedMessage> = {}): PausedMessage {
  return {
    id: `pause_${n}`,
    rule: 'hold',
    server: 'tickets',
    method: 'tools/call',
    name: `search${n}`,
    since: Date.now() - 12_000,
    limitMs: 60_000,
    alerts: [],
    ...values,
  };
}

/** A server with an altered call, whose answer a rule changed, and two alerts. */
function altered() {
  const filled = someRequests(0);
  const mcp = playedMcp(filled.store);
  const server = mcp.connect({ name: 'tickets' }, ['read']);
  mcp.play(server, 'tickets', { name: 'read', result: { content: [] } });
  const open = aCall(server, { name: 'read', sentAt: Date.now() + 1_000 });
  const of = (text: string) => JSON.stringify({ id: 1, result: { content: [{ type: 'text', text }] } });
  const { answer, call } = answered(open.call, 5_000, of(`short ${HOSTILE}`), { altered: true });
  const hits = [
    { rule: 'cut', action: 'modify', detail: null },
    { rule: 'large', action: 'alert', detail: `a large answer ${HOSTILE}` },
    { rule: 'again', action: 'alert', detail: 'once more' },
  ] as const;
  filled.store.saveMcp([
    ...open.writes,
    { type: 'message', message: { ...answer, original: Buffer.from(of('the whole long text')), altered: true } },
    { type: 'hits', hits: { of: answer.id, at: Date.now(), hits } },
    { type: 'call', call },
  ]);
  return { ...filled, mcp };
}

describe('rules in the panel', () => {
  it.each([46, 80, 120, 200])(
    'alerts are above the servers, and altered calls are left out of the figures, at %d columns',
    async (columns) => {
      const { file } = altered();
      const panel = showPanel(file, { columns, rows: 40 });
      await panel.press('7');
      const screen = await panel.says('alert of again');
      expect(screen).toMatch(/alert of large, \d\d:\d\d:\d\d: a large/);
      expect(screen).toMatch(/▾ tickets +1 /);
      if (columns >= 120) expect(screen).toContain('1 altered call left out');
      expect(Math.max(...panel.rows().map((row) => stringWidth(row)))).toBeLessThanOrEqual(columns);
      expect(screen).not.toContain('\u202e');
    },
  );

  it.each([
    [80, ['── answer of the server, as sent', '── changed by rules']],
    [120, ['── answer of the server, as sent │ ── changed by rules']],
    [200, ['── answer of the server, as sent │ ── changed by rules']],
  ])(
    'a call shows what was sent beside what was received, where there is room: %d columns',
    async (columns, expected) => {
      const { file } = altered();
      const panel = showPanel(file, { columns, rows: 70 });
      await panel.press('7');
      await panel.says('tickets');
      await panel.press('j', KEYS.enter);
      await panel.says('ok, altered');
      await panel.press(KEYS.enter);
      const screen = await panel.says('by rules: not in the figures of servers and tools');
      expect(screen).toContain('cut: modify of the answer');
      // The size is that of the changed answer.
      expect(screen).toMatch(/client got +\d+ B/);
      expect(screen).not.toContain('server sent');
      const headings = screen
        .split('\n')
        .filter((line) => line.includes('── answer') || line.includes('── changed'))
        .map((line) => line.replace(/ {2,}/g, ' '));
      expect(headings).toEqual(expected);
      expect(screen).toContain('the whole long text');
      expect(screen).not.toContain('\u202e');
    },
  );

  it('messages that rules hold are announced in any view, and r lets the oldest pass', async () => {
    const { file } = altered();
    const panel = showPanel(file, { columns: 120 });
    const resumed: string[] = [];
    panel.data.held.connect((id) => {
      resumed.push(id);
      panel.data.held.take(panel.data.held.all().filter((message) => message.id !== id));
    });
    await panel.says('[1 requests]');
    await panel.press('r');
    await panel.says('No message is paused');
    panel.data.held.take([
      heldMessage(1, { name: `search1${HOSTILE}`, alerts: [`look ${HOSTILE}`, 'now'] }),
      ...[2, 3, 4, 5, 6].map((n) => heldMessage(n)),
    ]);
    await panel.says('The rule hold paused a message: tickets search1');
    await panel.says('(look ');
    await panel.press('7');
    const screen = await panel.says('paused, r lets it pass: tickets tools/call search1');
    expect(screen).toMatch(/search2, 1\d\.\d s of 1 m 00 s/);
    expect(screen).toMatch(/by hold, alert: look .*; now/);
    expect(screen).toContain('… and 2 more paused messages');
    expect(screen).not.toContain('\u202e');
    await panel.press('r');
    await panel.says('resumed tickets search1');
    await panel.press('r');
    await panel.says('resumed tickets search2');
    expect(resumed).toEqual(['pause_1', 'pause_2']);
    panel.data.held.take([]);
    await panel.says(/^(?!.*by hold)/s);
  });
});

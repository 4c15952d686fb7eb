import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { type LiveSession, SessionTable, type SessionUse } from '../../../src/gateway/session/session-table.js';

const IDLE = 5_000;
const AGE = 60_000;

/** A table whose clock is turned by hand. */
function tableWithClock(use: SessionUse | null = null) {
  let now = 1_000_000;
  const facts: GatewayFact[] = [];
  const ended: string[] = [];
  const table = new SessionTable({
    limitsOf: () => ({ session_idle: IDLE, session_age: AGE }),
    onEnded: ({ upstreamSession }) => ended.push(upstreamSession),
    use,
    report: (fact) => facts.push(fact),
    now: () => now,
  });
  onTestFinished(() => table.close());
  return {
    table,
    ended,
    facts,
    open(name: string, isNew = true): LiveSession {
      const fields = { route: 'r', upstream: 'u', upstreamSession: name, subject: null, openedAt: now };
      return table.add({ id: name, ...fields }, isNew);
    },
    /** Time in which sweeps come when they are due. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 1_000) {
        now += Math.min(left, 1_000);
        if (left >= 1_000) table.sweep();
      }
    },
    /** Time in which the process does not run, and the sweep that is due after it. */
    pause(ms: number) {
      now += ms;
      table.sweep();
    },
  };
}

describe('a session', () => {
  it('ends when it was idle for its time, not before, and upstream learns of it', () => {
    const { table, open, pass, ended, facts } = tableWithClock();
    pass(999);
    open('s');
    pass(5_000);
    expect(table.get('s')).not.toBeNull();
    pass(2_000);
    expect([table.get('s'), table.hasEnded('s'), ended]).toEqual([null, true, ['s']]);
    expect(facts.at(-1)).toMatchObject({ type: 'session_closed', reason: 'idle' });
  });

  it('is not idle while a request or stream is in progress, and counts from the end of the last one', () => {
    const { table, open, pass } = tableWithClock();
    const session = open('s');
    table.hold(session);
    table.hold(session);
    pass(20_000);
    table.release(session);
    pass(20_000);
    table.release(session);
    pass(5_000);
    expect(table.get('s')).toBe(session);
    pass(2_000);
    expect(table.get('s')).toBeNull();
  });

  it('does not end because the process could not read requests', () => {
    const { table, open, pause, pass } = tableWithClock();
    const session = open('s');
    for (let round = 0; round < 4; round++) pause(10_000);
    expect(table.get('s')).toBe(session);
    pass(3_000);
    expect(table.get('s')).toBeNull();
  });

  it('ends at its age, whatever is in progress', () => {
    const { table, open, pause, facts } = tableWithClock();
    const session = open('s');
    let closed = 0;
    session.streams.add(() => {
      closed += 1;
    });
    table.hold(session);
    pause(AGE + 1);
    expect([table.get('s'), closed]).toEqual([null, 1]);
    expect(facts.at(-1)).toMatchObject({ type: 'session_closed', reason: 'age' });
  });

  it('that another gateway uses goes on, until no gateway does', async () => {
    const notes = new Set<string>();
    const noted: number[] = [];
    const use: SessionUse = {
      note(session, ttlMs) {
        notes.add(session);
        noted.push(ttlMs);
      },
      isNoted: async (session) => notes.has(session),
    };
    const { table, open, pass, pause } = tableWithClock(use);
    const session = open('s');
    pass(2_000);
    expect(noted).toEqual([8_250]);
    table.hold(session);
    pass(20_000);
    table.release(session);
    // Every three seconds: no note ends before the next.
    expect(noted).toHaveLength(7);
    pass(10_000);
    await Promise.resolve();
    expect(table.get('s')).toBe(session);
    notes.clear();
    for (let n = 0; n < 3; n++) {
      pause(1_000);
      await Promise.resolve();
    }
    await expect.poll(() => table.get('s')).toBeNull();
  });

  it('that only this gateway used ends when its own note ends: asking the others is not a use', async () => {
    let notedUntil = 0;
    let passed = 0;
    const use: SessionUse = {
      note(_session, ttlMs) {
        notedUntil = passed + ttlMs;
      },
      isNoted: async () => passed < notedUntil,
    };
    const { table, open, pass, ended } = tableWithClock(use);
    open('s');
    for (; passed < 2 * IDLE + 5_000 && ended.length === 0; passed += 1_000) {
      pass(1_000);
      // Until the answer has come.
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    }
    expect([table.get('s'), ended]).toEqual([null, ['s']]);
  });

  it('that another process has opened is reported as such', () => {
    const { open, facts } = tableWithClock();
    open('s');
    open('t', false);
    expect(facts).toMatchObject([
      { type: 'session_opened', isNew: true },
      { type: 'session_opened', isNew: false },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { TapeFrame } from '../../src/model/tape.js';
import { parseRules, Trial } from '../../src/rules/index.js';

const HEAD = {
  created_at: '2026-03-04T12:00:00.000Z',
  session: 's1',
  tags: ['ci'],
  server: { name: 'tickets', transport: 'stdio' as const },
};

/** `c` and `s` messages, a second apart. */
function frames(...messages: [dir: 'c' | 's', message: unknown][]): TapeFrame[] {
  return messages.map(([dir, message], seq) => ({
    seq,
    at: seq * 1_000,
    dir,
    bytes: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
  }));
}

const call = (id: number, name: string) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
const answer = (id: number, text: string) => ({ jsonrpc: '2.0', id, result: { text } });

async function tried(rules: string, ...recordings: TapeFrame[][]) {
  const trial = new Trial(parseRules(`version: 1\nrules:\n${rules}`, 'r'));
  const found: string[] = [];
  for (const each of recordings) {
    for await (const { at, sender, kind, method, name, decision } of trial.run({ head: HEAD, frames: each })) {
      const hits = decision.hits.map(({ rule, action }) => `${rule} ${action}`).join();
      found.push(`${new Date(at).toISOString().slice(17, 19)} ${sender} ${kind} ${method} ${name}: ${hits}`);
    }
  }
  return { found, messages: trial.messages, status: trial.status() };
}

describe('what rules would have done', () => {
  it('is found message by message, with the request of each answer', async () => {
    const rules = `
- { id: list, when: { tool: list }, then: [{ tag: t }] }
- { id: long, when: { tool: read, result: { $.text: { length: { min: 3 } } } }, then: [{ alert: long }] }
- { id: unused, when: { tool: write }, then: [{ tag: t }] }`;
    const recording = frames(
      ['c', call(1, 'list')],
      ['c', call(2, 'read')],
      ['s', answer(2, 'long')],
      ['s', answer(1, 'long')],
      ['s', 'not JSON'],
    );
    const { found, messages, status } = await tried(rules, recording);
    expect(found).toEqual([
      '00 client request tools/call list: list tag',
      '02 server response tools/call read: long alert',
    ]);
    expect(messages).toBe(4);
    expect(status.map(({ rule, hits }) => [rule, hits])).toEqual([
      ['list', 1],
      ['long', 1],
      ['unused', 0],
    ]);
  });

  it('leaves out answers that the server would not have given', async () => {
    const rules = `
- { id: block, when: { tool: write }, then: [{ block: { reason: no } }] }
- { id: every, when: { kind: response }, then: [{ tag: t }] }`;
    const { found, messages } = await tried(
      rules,
      frames(['c', call(1, 'write')], ['s', answer(1, '')], ['c', call(1, 'read')], ['s', answer(1, '')]),
    );
    expect(found).toEqual([
      '00 client request tools/call write: block block',
      '03 server response tools/call read: every tag',
    ]);
    expect(messages).toBe(3);
  });

  it('ends a connection that a rule would have closed', async () => {
    const rules = '- { id: close, when: { tool: write }, then: [{ fault: { kind: close } }] }';
    const { messages } = await tried(rules, frames(['c', call(1, 'write')], ['c', call(2, 'write')]));
    expect(messages).toBe(1);
  });

  it('takes a batch message by message', async () => {
    const { found } = await tried(
      '- { id: a, when: { tool: b }, then: [{ tag: t }] }',
      frames(['c', [call(1, 'a'), call(2, 'b')]]),
    );
    expect(found).toEqual(['00 client request tools/call b: a tag']);
  });

  it('counts and draws for each connection alone', async () => {
    const rules = '- { id: once, limit: 1, probability: 0.5, seed: 3, when: { tool: a }, then: [{ tag: t }] }';
    const recording = frames(...Array.from({ length: 20 }, (_, id) => ['c', call(id, 'a')] as ['c', unknown]));
    const { found, status } = await tried(rules, recording, recording);
    expect(found).toHaveLength(2);
    expect(found[0]).toBe(found[1]);
    expect(status).toEqual([{ rule: 'once', hits: 2, lastError: null }]);
  });
});

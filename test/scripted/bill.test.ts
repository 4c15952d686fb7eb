import { describe, expect, it } from 'vitest';
import { countInput, createMeter } from '../../src/scripted/bill.js';

const mark = { type: 'ephemeral' };
const user = (text: string, cache?: object) => ({
  role: 'user',
  content: [{ type: 'text', text, ...(cache ? { cache_control: cache } : {}) }],
});

describe('createMeter', () => {
  it('bills a request without cache marks as plain input', () => {
    const usage = createMeter().bill({ messages: [user('x'.repeat(40))] }, 3);
    expect(usage).toMatchObject({ input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 });
    expect(usage.output_tokens).toBe(3);
  });

  it('writes up to the last mark, and reads that prefix when the next request extends it', () => {
    const meter = createMeter();
    const system = [{ type: 'text', text: 's'.repeat(400) }];
    const first = meter.bill({ system, messages: [user('a'.repeat(40), mark)] }, 1);
    const second = meter.bill({ system, messages: [user('a'.repeat(40)), user('b'.repeat(80), mark)] }, 1);
    expect(first).toMatchObject({ input_tokens: 0, cache_creation_input_tokens: 110, cache_read_input_tokens: 0 });
    expect(second).toMatchObject({ input_tokens: 0, cache_creation_input_tokens: 20, cache_read_input_tokens: 110 });
  });

  it('reads nothing after the first change', () => {
    const meter = createMeter();
    const messages = [user('a'.repeat(40), mark)];
    meter.bill({ system: 'one', messages }, 1);
    const usage = meter.bill({ system: 'two', messages }, 1);
    expect(usage).toMatchObject({ cache_creation_input_tokens: 11, cache_read_input_tokens: 0 });
  });

  it('bills a mark of one hour as such', () => {
    const usage = createMeter().bill({ messages: [user('a'.repeat(40), { ...mark, ttl: '1h' })] }, 1);
    expect(usage.cache_creation).toEqual({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 10 });
  });

  it('bills the tokens of each mark by its lifetime', () => {
    const system = [{ type: 'text', text: 's'.repeat(400), cache_control: { ...mark, ttl: '1h' } }];
    const usage = createMeter().bill({ system, messages: [user('a'.repeat(40), mark)] }, 1);
    expect(usage.cache_creation).toEqual({ ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 100 });
  });

  it('bills with a given scale', () => {
    const scale = {
      weighInput: () => [{ content: 'zoft', tokens: 7, ttl: null }],
      weighOutput: (content: readonly object[]) => content.length,
    };
    const meter = createMeter(scale);
    expect(meter.bill({}, meter.countOutput([{ type: 'text' }]))).toMatchObject({ input_tokens: 7, output_tokens: 1 });
    expect(meter.countInput({})).toBe(7);
  });
});

describe('countInput', () => {
  it('counts neither the billing header nor deferred tools', () => {
    const body = {
      system: [{ type: 'text', text: 'x-anthropic-billing-header: a=b;' }],
      messages: [user('a'.repeat(8))],
    };
    expect(countInput({ ...body, tools: [{ name: 'late', defer_loading: true }] })).toBe(2);
  });
});

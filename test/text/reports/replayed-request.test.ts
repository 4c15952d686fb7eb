import { describe, expect, it } from 'vitest';
import type { ReplayedRequest, RequestDifference } from '../../../src/model/replayed-request.js';
import { describeReplay, describeReplayed } from '../../../src/text/reports/replayed-request.js';

const request = (...differences: RequestDifference[]): ReplayedRequest => ({
  ...{ endpoint: 'messages', match: 'similar', recorded: 'req_1', differences, problem: null },
});

describe('a replayed request', () => {
  it.each<[RequestDifference, string]>([
    [{ in: 'model', recorded: 'a', given: 'b' }, 'its model is b, not a'],
    [{ in: 'max_tokens', recorded: 5, given: 6 }, 'its max_tokens is 6, not 5'],
    [{ in: 'tools', added: ['A'], removed: ['B', 'C'] }, 'it also has the tools A, it lacks the tools B, C'],
    [{ in: 'tools', added: [], removed: [...'1234567'] }, 'it lacks the tools 1, 2, 3, 4, 5 and 2 more'],
    [{ in: 'definitions' }, 'its tools have other definitions'],
    [{ in: 'turn', turn: 3, role: 'user', tools: ['Bash'] }, 'turn 3 has other results of Bash'],
    [{ in: 'turn', turn: 1, role: 'user', tools: [] }, 'turn 1 (user) is another'],
    [{ in: 'turn', turn: 1, role: 'user', tools: ['\u001b[31mevil\n'] }, 'turn 1 has other results of �[31mevil '],
  ])('that differs is described: %j', (difference, text) => {
    expect(describeReplayed(request(difference))).toBe(`A request differs from req_1, whose answer it gets: ${text}.`);
  });

  it('is described with all its differences, and only while they are new', () => {
    const both = request({ in: 'definitions' }, { in: 'model', recorded: null, given: 'b' });
    expect(describeReplayed(both)).toContain('its tools have other definitions; its model is b, not null.');
    expect(describeReplayed(request())).toBeNull();
    expect(describeReplayed({ ...request(), match: 'equal' })).toBeNull();
  });

  it('without an answer is described by its problem', () => {
    expect(describeReplayed({ ...request(), match: 'none', problem: 'No such\nrequest.' })).toBe('No such request.');
  });

  it.each([
    [{ equal: 1, similar: 0, none: 0 }, '1 request answered from session f0b1c2d3'],
    [
      { equal: 3, similar: 2, none: 0 },
      '5 requests answered from session f0b1c2d3, 2 of them not equal to the recorded one',
    ],
    [{ equal: 0, similar: 0, none: 4 }, '0 requests answered from session f0b1c2d3, 4 without a recorded answer'],
  ])('counts in the sum of a run: %j', (counts, text) => {
    expect(describeReplay('f0b1c2d3-0000-4000-8000-000000000001', counts)).toBe(text);
  });
});

import { describe, expect, it } from 'vitest';
import { holdBack } from '../../../../src/tui/split/child/flow-control.js';

describe('holdBack', () => {
  it('pauses a source that is ahead, and resumes it when most of its data is taken', () => {
    const said: string[] = [];
    const waiting: (() => void)[] = [];
    const take = holdBack({ pause: () => said.push('pause'), resume: () => said.push('resume') }, (_, done) =>
      waiting.push(done),
    );
    const chunk = Buffer.alloc(50 * 1024);
    for (let count = 0; count < 5; count += 1) take(chunk);
    expect(said).toEqual([]);
    take(chunk);
    expect(said).toEqual(['pause']);
    for (const done of waiting.splice(0, 4)) done();
    expect(said).toEqual(['pause']);
    for (const done of waiting.splice(0)) done();
    expect(said).toEqual(['pause', 'resume']);
  });
});

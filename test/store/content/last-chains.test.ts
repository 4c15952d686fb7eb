import { describe, expect, it } from 'vitest';
import { LastChains } from '../../../src/store/content/last-chains.js';

const chain = (...items: string[]) => items.map((item) => Buffer.from(item));

describe('links of the last chains', () => {
  it('are known up to the first item that differs', () => {
    const chains = new LastChains();
    chains.add(chain('a', 'b', 'c'), [1, 2, 3]);
    expect(chains.commonLinks(chain('a', 'b', 'c', 'd'))).toEqual([1, 2, 3]);
    expect(chains.commonLinks(chain('a', 'B', 'c'))).toEqual([1]);
    expect(chains.commonLinks(chain('a', 'bb', 'c'))).toEqual([1]);
    expect(chains.commonLinks(chain('a'))).toEqual([1]);
    expect(chains.commonLinks(chain('x', 'b', 'c'))).toEqual([]);
  });

  it('are those of the last chain with the same first item', () => {
    const chains = new LastChains();
    chains.add(chain('a', 'b'), [1, 2]);
    chains.add(chain('x', 'b'), [3, 4]);
    chains.add(chain('a', 'c'), [1, 5]);
    expect(chains.commonLinks(chain('a', 'b'))).toEqual([1]);
    expect(chains.commonLinks(chain('a', 'c'))).toEqual([1, 5]);
    expect(chains.commonLinks(chain('x', 'b'))).toEqual([3, 4]);
  });

  it('are forgotten after two hundred other chains, however small, and not for one that is too large to be kept', () => {
    const chains = new LastChains();
    chains.add(chain('a', 'b'), [1, 2]);
    const large = Buffer.alloc(9 * 1024 * 1024, 'a');
    chains.add([large.subarray(0, 1), large.subarray(1)], [1, 3]);
    for (let number = 1; number < 200; number++) chains.add(chain(`x${number}`, 'b'), [4, 5]);
    expect(chains.commonLinks(chain('a', 'b'))).toEqual([1, 2]);
    chains.add(chain('y', 'b'), [6, 7]);
    expect(chains.commonLinks(chain('a', 'b'))).toEqual([]);
  });

  it('are forgotten when they are cleared, and the oldest when their bodies are too large', () => {
    const chains = new LastChains();
    chains.add(chain('a', 'b'), [1, 2]);
    for (const first of ['x', 'y', 'z']) {
      const body = Buffer.alloc(3 * 1024 * 1024, first);
      chains.add([body.subarray(0, 1), body.subarray(1)], [3, 4]);
    }
    expect(chains.commonLinks(chain('a', 'b'))).toEqual([]);
    chains.add(chain('a', 'b'), [1, 2]);
    chains.clear();
    expect(chains.commonLinks(chain('a', 'b'))).toEqual([]);
  });
});

import type { Chain } from './split-body.js';

/** Maximum size of the chains that are kept: those of several long conversations. They are views of bodies, which are kept with them. */
const MAX_BYTES = 8 * 1024 * 1024;
/** More than those of the conversations of a moment. Each chain is compared with all of them, and thousands of small ones would fit. */
const MAX_CHAINS = 200;

interface LinkedChain {
  items: Chain;
  /** The link of each item. */
  links: readonly number[];
}

/** The last chains that were written, one of each beginning: the next body of a conversation begins like the last one. */
export class LastChains {
  /** The last one first. */
  #chains: LinkedChain[] = [];

  /** The links of the items that the chain has in common with the last one of the same first item. */
  commonLinks(items: Chain): number[] {
    const before = this.#like(items);
    if (before === undefined) return [];
    const differs = items.findIndex((item, index) => !isSame(item, before.items[index]));
    return before.links.slice(0, differs === -1 ? items.length : differs);
  }

  /** Instead of the last one of the same first item. */
  add(items: Chain, links: readonly number[]): void {
    // The frame around the lists is small, and a body that is not split has nothing in common with others.
    if (items.length < 2) return;
    // It would take the place of all others, also of the last one of its conversation.
    if ((items[0]?.buffer.byteLength ?? 0) > MAX_BYTES) return;
    const before = this.#like(items);
    const chains = [{ items, links }, ...this.#chains.filter((each) => each !== before)].slice(0, MAX_CHAINS);
    const bodies = new Set<ArrayBufferLike>();
    let bytes = 0;
    this.#chains = chains.filter((each) => {
      const body = each.items[0]?.buffer;
      if (body !== undefined && !bodies.has(body)) {
        bytes += body.byteLength;
        bodies.add(body);
      }
      return bytes <= MAX_BYTES;
    });
  }

  clear(): void {
    this.#chains = [];
  }

  #like([first]: Chain): LinkedChain | undefined {
    return this.#chains.find(({ items }) => isSame(first, items[0]));
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && Buffer.compare(a, b) === 0;
}

/** A deeper stack drops its oldest entry, as the protocol allows. */
const MAX_DEPTH = 16;

/**
 * The flags of the kitty keyboard protocol as the child pushes, pops and sets them; the main and the alternate screen
 * have a stack each (sw.kovidgoyal.net/kitty/keyboard-protocol, "Progressive enhancement").
 */
export class KittyKeyboard {
  readonly #stacks = { main: [0], alternate: [0] };
  #screen: 'main' | 'alternate' = 'main';

  get flags(): number {
    return this.#stack.at(-1) ?? 0;
  }

  /** `CSI > flags u` */
  push(flags: number): void {
    this.#stack.push(flags);
    if (this.#stack.length > MAX_DEPTH) this.#stack.shift();
  }

  /** `CSI < count u` */
  pop(count: number): void {
    this.#stack.splice(Math.max(0, this.#stack.length - Math.max(1, count)));
    if (this.#stack.length === 0) this.#stack.push(0);
  }

  /** `CSI = flags ; how u`: 1 sets all, 2 adds, 3 removes. */
  set(flags: number, how: number): void {
    const old = this.flags;
    this.#stack[this.#stack.length - 1] = how === 2 ? old | flags : how === 3 ? old & ~flags : flags;
  }

  switchTo(screen: 'main' | 'alternate'): void {
    this.#screen = screen;
  }

  reset(): void {
    this.#stacks.main = [0];
    this.#stacks.alternate = [0];
    this.#screen = 'main';
  }

  get #stack(): number[] {
    return this.#stacks[this.#screen];
  }
}

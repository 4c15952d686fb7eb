import type { PauseEvent, PauseId } from '../../model/paused-message.js';

/** The messages that one reporter holds. When it is gone, nobody else reports that it no longer holds them. */
export class ReportedPauses {
  readonly #onPause: (event: PauseEvent) => void;
  readonly #held = new Set<PauseId>();

  constructor(onPause: (event: PauseEvent) => void) {
    this.#onPause = onPause;
  }

  take(event: PauseEvent): void {
    if (event.type === 'paused') this.#held.add(event.message.id);
    else this.#held.delete(event.id);
    this.#onPause(event);
  }

  /** The reporter is gone: those that it still holds are reported again when it connects again. */
  releaseAll(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const id of held) this.#onPause({ type: 'released', id });
  }
}

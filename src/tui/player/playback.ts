import { FASTEST, ReplayClock, SLOWEST, type Speed } from '../../mcp/replay/clock.js';
import type { IndexedTape } from '../../mcp/replay/indexed-tape.js';
import type { Place } from './place.js';

/** Speeds that keys choose. */
const SPEEDS: readonly Speed[] = [SLOWEST, 0.2, 0.5, 1, 2, 5, FASTEST, 'max'];

/** A terminal shows no more pictures in a second. */
const MIN_TICK_MS = 33;
/** The position moves also where no frame comes. */
const MAX_TICK_MS = 100;
/** At speed `max`, a tape of any length takes this many pictures. */
const TICKS_AT_MAX = 300;

/** A tape being played: which frame is shown, and when the next one comes. */
export class Playback {
  readonly tape: IndexedTape;
  readonly #clock: ReplayClock;
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: () => void;
  #selected = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tape: IndexedTape, { speed, now }: { speed: Speed; now?: () => number }) {
    this.tape = tape;
    this.#clock = new ReplayClock({ speed, playing: false, ...(now && { now }) });
    this.#stopListening = tape.onChange(() => this.#changed());
  }

  /** Index of the shown frame. */
  get selected(): number {
    return Math.max(0, Math.min(this.#selected, this.tape.count - 1));
  }

  get speed(): Speed {
    return this.#clock.speed;
  }

  get playing(): boolean {
    return this.#clock.playing;
  }

  /** Milliseconds since the first frame. */
  get place(): number {
    return Math.min(this.#clock.place, this.duration);
  }

  /** Of what was read of the tape. */
  get duration(): number {
    return this.tape.count === 0 ? 0 : this.tape.timeOf(this.tape.count - 1);
  }

  /** At the end, it plays from the start again. */
  toggle(): void {
    if (this.playing) this.#clock.pause();
    else {
      if (this.#isAtEnd()) this.select(0);
      this.#clock.play();
    }
    this.#changed();
  }

  /** Some frames forward or back; then it is paused. */
  step(frames: number): void {
    this.#clock.pause();
    this.select(this.selected + frames);
  }

  select(index: number): void {
    this.#goTo(index);
    this.#changed();
  }

  seek(place: Place): void {
    if ('frame' in place) this.select(this.tape.indexOfSeq(place.frame));
    else {
      const ms = Math.min('ms' in place ? place.ms : place.share * this.duration, this.duration);
      this.#selected = Math.max(0, this.tape.indexAt(ms));
      this.#clock.seek(ms);
      this.#changed();
    }
  }

  /** The next or previous of the speeds that keys choose. */
  changeSpeed(by: 1 | -1): void {
    const ratio = (speed: Speed) => (speed === 'max' ? Number.POSITIVE_INFINITY : speed);
    const at = ratio(this.speed);
    const next = by > 0 ? SPEEDS.find((speed) => ratio(speed) > at) : SPEEDS.findLast((speed) => ratio(speed) < at);
    if (next !== undefined) this.#clock.setSpeed(next);
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#stopListening();
    this.tape.close();
  }

  #isAtEnd(): boolean {
    return this.tape.end !== null && this.selected >= this.tape.count - 1;
  }

  #changed(): void {
    this.#schedule();
    for (const listener of this.#listeners) listener();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.playing) return;
    const next = this.#selected + 1;
    const due = next < this.tape.count ? this.#clock.msUntil(this.tape.timeOf(next)) : MAX_TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), Math.max(MIN_TICK_MS, Math.min(due, MAX_TICK_MS)));
  }

  /** The frame at an index, or the nearest one. */
  #goTo(index: number): void {
    this.#selected = Math.max(0, Math.min(index, this.tape.count - 1));
    this.#clock.seek(this.tape.count === 0 ? 0 : this.tape.timeOf(this.#selected));
  }

  #tick(): void {
    if (this.speed === 'max') {
      this.#goTo(this.#selected + Math.ceil(this.tape.count / TICKS_AT_MAX));
    } else {
      this.#selected = Math.max(0, this.tape.indexAt(this.#clock.place));
    }
    if (this.#isAtEnd()) {
      this.#clock.pause();
      this.#clock.seek(this.duration);
    }
    this.#changed();
  }
}

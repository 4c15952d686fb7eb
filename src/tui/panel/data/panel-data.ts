import { NothingCapturedError, openReader, type Reader } from '../../../store/index.js';
import type { Streaming } from '../lines/request-columns.js';
import { createRater, type Rater } from './rater.js';

/** How often other processes' commits are looked for: a look that finds none costs microseconds. */
const LOOK_MS = 250;

/** Commits come in bursts: what they change is shown together. */
const GATHER_MS = 40;

/** A person waits for it: rather an error now than an answer in five seconds. */
const BUSY_TIMEOUT_MS = 400;

/** What the panel shows comes from here, and what it changes goes through here. */
export interface PanelData {
  readonly file: string;
  /** @returns null while nothing was ever captured. @throws StoreError */
  ask<Answer>(question: (reader: Reader) => Answer): Answer | null;
  readonly rater: Rater;
  /** Another number whenever there may be something new to read. */
  version(): number;
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
  /** Something was committed: to be called by who knows, so that nobody has to look for it. */
  changed(): void;
  /** The answer to a request grew to so many characters: until it is stored, only who carries it knows. */
  streamed(id: string, characters: number): void;
  streaming(id: string): Streaming | null;
  close(): void;
}

/** @param file of the database, which need not be there yet */
export function openPanelData(file: string): PanelData {
  let reader: Reader | null = null;
  let seen: number | null = null;
  let version = 0;
  let gathering: NodeJS.Timeout | null = null;
  const listeners = new Set<() => void>();
  const streams = new Map<string, Streaming>();

  function reading(): Reader | null {
    try {
      reader ??= openReader(file, BUSY_TIMEOUT_MS);
      return reader;
    } catch (error) {
      if (error instanceof NothingCapturedError) return null;
      throw error;
    }
  }

  function changed(): void {
    gathering ??= setTimeout(() => {
      gathering = null;
      version += 1;
      for (const listener of listeners) listener();
    }, GATHER_MS);
  }

  /** A database that cannot be read is told by the questions that are asked of it. */
  function look(): void {
    let current: number | null = null;
    try {
      current = reading()?.version() ?? null;
    } catch {
      return;
    }
    if (current === seen) return;
    seen = current;
    changed();
  }

  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  const rater = createRater(file, BUSY_TIMEOUT_MS);

  return {
    file,
    rater,
    ask(question) {
      const open = reading();
      return open === null ? null : question(open);
    },
    version: () => version,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed,
    streamed(id, characters) {
      streams.set(id, { characters });
      changed();
    },
    streaming: (id) => streams.get(id) ?? null,
    close() {
      clearInterval(timer);
      if (gathering !== null) clearTimeout(gathering);
      rater.close();
      reader?.close();
      reader = null;
    },
  };
}

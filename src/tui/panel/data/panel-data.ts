import { NothingCapturedError, openReader, type Reader } from '../../../store/index.js';
import { createGrowingAnswers, type GrowingAnswers } from './growing-answers.js';
import { createRater, type Rater } from './rater.js';
import { identityOf, watchFile } from './watch-file.js';

/**
 * Commits come in bursts: the first is shown at once, what the others change together, so soon after. A burst that goes on is
 * shown four times a second, as fast as anybody reads: the rest of the machine is the traffic's.
 */
const GATHER_MS = 40;
const MOST_GATHER_MS = 250;

/** A person waits for it: rather an error now than an answer in five seconds. */
const BUSY_TIMEOUT_MS = 400;

/** What the panel shows comes from here, and what it changes goes through here. */
export interface PanelData {
  readonly file: string;
  /** @returns null while nothing was ever captured. @throws StoreError */
  ask<Answer>(question: (reader: Reader) => Answer): Answer | null;
  readonly rater: Rater;
  /** What is not stored yet: only who carries an answer knows of it, and tells it here. */
  readonly growing: GrowingAnswers;
  /** Another number whenever there may be something new to read. */
  version(): number;
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
  /** Something was committed: to be called by who knows, so that nobody has to look for it. */
  changed(): void;
  close(): void;
}

/** @param file of the database, which need not be there yet */
export function openPanelData(file: string): PanelData {
  let reader: Reader | null = null;
  /** Of the file that the reader has open. */
  let opened: string | null = null;
  let seen: number | null = null;
  let version = 0;
  let gathering: NodeJS.Timeout | null = null;
  let told = Number.NEGATIVE_INFINITY;
  let gather = GATHER_MS;
  let closed = false;
  const listeners = new Set<() => void>();
  const rater = createRater(file, BUSY_TIMEOUT_MS);
  const growing = createGrowingAnswers();

  function reading(): Reader | null {
    try {
      if (reader === null) {
        opened = identityOf(file);
        reader = openReader(file, BUSY_TIMEOUT_MS);
      }
      return reader;
    } catch (error) {
      if (error instanceof NothingCapturedError) return null;
      throw error;
    }
  }

  /** A file that was deleted or replaced stays as it was for who has it open. */
  function letGoOfReplaced(): void {
    if (reader === null || identityOf(file) === opened) return;
    reader.close();
    reader = null;
    rater.close();
    changed();
  }

  function changed(): void {
    // Rows are still stored when the panel is gone.
    if (closed) return;
    gathering ??= setTimeout(tell, Math.max(0, told + gather - performance.now()));
  }

  function tell(): void {
    gathering = null;
    const now = performance.now();
    gather = now - told < 2 * gather ? Math.min(2 * gather, MOST_GATHER_MS) : GATHER_MS;
    told = now;
    seen = currentVersion() ?? seen;
    version += 1;
    for (const listener of listeners) listener();
  }

  /** Of a database that cannot be read the questions that are asked of it tell. */
  function currentVersion(): number | null {
    try {
      return reading()?.version() ?? null;
    } catch {
      return null;
    }
  }

  function look(): void {
    letGoOfReplaced();
    const current = currentVersion();
    if (current !== null && current !== seen) changed();
  }

  look();
  const stopWatching = watchFile(file, look);

  return {
    file,
    rater,
    growing,
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
    close() {
      closed = true;
      stopWatching();
      if (gathering !== null) clearTimeout(gathering);
      growing.close();
      rater.close();
      reader?.close();
      reader = null;
    },
  };
}

import { NothingCapturedError, openReader, type Reader, type RequestFilter } from '../../../store/index.js';
import { createGrowingAnswers, type GrowingAnswers } from './growing-answers.js';
import { createHeldMessages, type HeldMessages } from './held-messages.js';
import { createRater, type Rater } from './rater.js';
import { identityOf, watchFile } from './watch-file.js';

/**
 * Commits come in bursts. The first is shown at once, later ones together, and those of a long burst four times a
 * second.
 */
const GATHER_MS = 40;
const MAX_GATHER_MS = 250;

/** A person waits: an error now is better than an answer in five seconds. */
const BUSY_TIMEOUT_MS = 400;

/** The panel shows nothing else than what belongs to these; see RequestFilter. */
export type Scope = Pick<RequestFilter, 'project' | 'agent'>;

/** All that the panel reads and writes. */
export interface PanelData {
  readonly file: string;
  readonly scope: Scope;
  /** @returns null as long as nothing was captured. @throws StoreError */
  ask<Answer>(question: (reader: Reader) => Answer): Answer | null;
  readonly rater: Rater;
  /** Answers that are not stored yet. */
  readonly growing: GrowingAnswers;
  /** Messages that rules hold now. */
  readonly held: HeldMessages;
  /** Changes whenever there may be something new to read. */
  version(): number;
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
  /** Something was committed. */
  changed(): void;
  close(): void;
}

/** @param file of the database, which need not be there yet */
export function openPanelData(file: string): PanelData {
  let reader: Reader | null = null;
  /** Identity of the file that the reader has open. */
  let opened: string | null = null;
  let seen: number | null = null;
  let version = 0;
  let gathering: NodeJS.Timeout | null = null;
  let lastUpdate = Number.NEGATIVE_INFINITY;
  let gather = GATHER_MS;
  let closed = false;
  const listeners = new Set<() => void>();
  const rater = createRater(file, BUSY_TIMEOUT_MS);
  const growing = createGrowingAnswers();
  const held = createHeldMessages();

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

  /** A reader would still see a file that was deleted or replaced. */
  function closeReplaced(): void {
    if (reader === null || identityOf(file) === opened) return;
    reader.close();
    reader = null;
    // A version counts for its connection only: that of the next reader may be the same number.
    seen = null;
    rater.close();
    changed();
  }

  function changed(): void {
    // Rows may still be stored after the panel was closed.
    if (closed) return;
    gathering ??= setTimeout(update, Math.max(0, lastUpdate + gather - performance.now()));
  }

  function update(): void {
    gathering = null;
    const now = performance.now();
    gather = now - lastUpdate < 2 * gather ? Math.min(2 * gather, MAX_GATHER_MS) : GATHER_MS;
    lastUpdate = now;
    seen = currentVersion() ?? seen;
    version += 1;
    for (const listener of listeners) listener();
  }

  /** Null for a database that cannot be read: `ask` throws the error. */
  function currentVersion(): number | null {
    try {
      return reading()?.version() ?? null;
    } catch {
      return null;
    }
  }

  function look(): void {
    closeReplaced();
    const current = currentVersion();
    if (current !== null && current !== seen) changed();
  }

  look();
  const stopWatching = watchFile(file, look);

  return {
    file,
    scope: {},
    rater,
    growing,
    held,
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

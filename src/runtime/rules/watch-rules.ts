import { readFile, stat } from 'node:fs/promises';
import { describeError } from '../../base/error-text.js';
import { parseRules, type RuleSet } from '../../rules/index.js';

/** A file is looked at this often, and taken when it was the same twice: an editor may write it in pieces. */
const LOOK_MS = 150;
/** Some editors remove a file before they write it again. */
const GONE_MS = 1_500;

export interface RulesWatch {
  stop(): void;
}

export interface RulesEvents {
  /** The file has changed, and is valid. */
  onRules(text: string, set: RuleSet): void;
  /** The file cannot be used. Reported once for each content. */
  onBad(why: string): void;
}

/**
 * Watches a rules file for changes, however it is written: in place, in pieces, by renaming another file, or through links. It asks for
 * the state of the file instead of waiting for events of its folder, since these are missing on some file systems and limited in number.
 * @param text of the file, as it was taken last
 */
export function watchRules(file: string, text: string, { onRules, onBad }: RulesEvents): RulesWatch {
  let taken = text;
  let refused: string | null = null;
  /** State of the file when it was read last, and when it was looked at last. */
  let readState: string | null = null;
  let seen: string | null = null;
  let goneSince: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;

  async function look(): Promise<void> {
    const state = await stateOf(file);
    if (state === null) return noteGone();
    goneSince = null;
    const isStable = state === seen;
    seen = state;
    if (!isStable || state === readState) return;
    const read = await readFile(file, 'utf8');
    // It was written while it was read: the next look decides.
    if ((await stateOf(file)) !== state) return;
    readState = state;
    if (!isStopped && read !== taken) take(read);
    else refused = null;
  }

  function take(read: string): void {
    try {
      const set = parseRules(read, file);
      taken = read;
      refused = null;
      onRules(read, set);
    } catch (error) {
      refuse(read, describeError(error));
    }
  }

  function noteGone(): void {
    seen = null;
    readState = null;
    goneSince ??= performance.now();
    if (performance.now() - goneSince > GONE_MS) refuse('', `${file} is gone`);
  }

  function refuse(content: string, why: string): void {
    if (refused === content) return;
    refused = content;
    onBad(why);
  }

  const next = (): void => {
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) => refuse('', describeError(error)))
        .finally(() => {
          if (!isStopped) next();
        });
    }, LOOK_MS).unref();
  };
  next();
  return {
    stop() {
      isStopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}

/** Null where there is no such file. */
async function stateOf(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return null;
  }
}

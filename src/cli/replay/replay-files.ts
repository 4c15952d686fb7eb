import { rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import { readTape, writeTape } from '../../mcp/tape/index.js';
import { makeRunFolder } from '../../settings/run-folder.js';
import { withReader } from '../database.js';
import { sessionTapes, tapeFile } from './find-tapes.js';

/** Tapes for `wrap --replay`. */
export interface ReplayFiles {
  /** Files by the name of the server, in the order of its connections. */
  tapes: ReadonlyMap<string, readonly string[]>;
  remove(): void;
}

/**
 * The tapes that words of the command line name: files of tapes, or sessions, whose tapes are written into a private folder.
 * @throws UserError when a tape cannot be read, or a session has none
 */
export async function writeReplayFiles(words: readonly string[]): Promise<ReplayFiles> {
  const folder = makeRunFolder();
  const tapes = new Map<string, string[]>();
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let files = 0;
  // By number: the same tape can be named twice.
  const newFile = () => join(folder, `${files++}.tape.jsonl`);
  const add = (name: string, file: string) => void tapes.set(name, [...(tapes.get(name) ?? []), file]);
  try {
    for (const word of words) {
      const named = await tapeFile(word);
      if (named !== null) {
        // Read to its end, so that a damaged one is found before anything starts.
        const { head, frames } = await readTape(named);
        for await (const _frame of frames);
        const file = newFile();
        // The replay notes beside the tape that it was played.
        symlinkSync(resolve(named), file);
        add(head.server.name, file);
      } else {
        await withReader(false, async (reader) => {
          const found = sessionTapes(reader, word);
          if (found.length === 0) throw new UserError(`The session ${word} recorded no messages of MCP servers.`);
          for (const { head, frames } of found) {
            const file = newFile();
            await writeTape(file, head, frames);
            add(head.server.name, file);
          }
        });
      }
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { tapes, remove };
}

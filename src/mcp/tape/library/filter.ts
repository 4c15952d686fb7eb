import { matchesGlob } from '../../../base/glob.js';
import type { TapeSummary } from '../../../model/tape.js';
import { readTape } from '../read-tape.js';
import { createFrameReader } from './facts.js';

/** All conditions must hold. In names, `*` matches any text. */
export interface TapeFilter {
  name?: string | undefined;
  server?: string | undefined;
  /** A tool, prompt or resource that the tape calls. */
  tool?: string | undefined;
  /** All of these. */
  tags?: readonly string[] | undefined;
  /** Session of Claude Code: the whole id, or its beginning. */
  session?: string | undefined;
  /** Unix ms, by the time of recording. */
  since?: number | undefined;
  until?: number | undefined;
  minDurationMs?: number | undefined;
  maxDurationMs?: number | undefined;
  /** On disk. */
  minBytes?: number | undefined;
  maxBytes?: number | undefined;
}

/** Looks into the frames only for a tool. A tape that turns out to be damaged there matches by what comes before. */
export async function matchesTape(tape: TapeSummary, filter: TapeFilter): Promise<boolean> {
  const { name, server, tool, tags = [], session, since, until } = filter;
  const time = tape.createdAt.getTime();
  const matches =
    (name === undefined || matchesGlob(name, tape.name)) &&
    (server === undefined || matchesGlob(server, tape.server)) &&
    tags.every((tag) => tape.tags.includes(tag)) &&
    (session === undefined || tape.session?.startsWith(session) === true) &&
    (since === undefined || time >= since) &&
    (until === undefined || time < until) &&
    isBetween(tape.durationMs, filter.minDurationMs, filter.maxDurationMs) &&
    isBetween(tape.bytes, filter.minBytes, filter.maxBytes);
  return matches && (tool === undefined || (await calls(tape.file, tool)));
}

function isBetween(value: number, min = 0, max = Number.POSITIVE_INFINITY): boolean {
  return value >= min && value <= max;
}

async function calls(file: string, tool: string): Promise<boolean> {
  const read = createFrameReader();
  try {
    for await (const frame of (await readTape(file)).frames) {
      if (frame.dir !== 'c') continue;
      if (read(frame).some(({ tracked: { call } }) => call !== null && matchesGlob(tool, call.name))) return true;
    }
  } catch {
    // `validate` says what is wrong.
  }
  return false;
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecord } from '../base/json.js';
import type { RunId } from '../model/ids.js';
import type { LiveConnection } from '../model/live-event.js';
import type { PausedMessage } from '../model/paused-message.js';
import type { RuleFailure } from '../model/rule-failure.js';
import type { Paths } from '../settings/paths.js';
import { followLive } from './follow-live.js';
import { type LiveSession, openLiveChannel } from './live-channel.js';
import type { TraceSession } from './trace-session.js';

/** A run whose rules file was named, as other processes find it. */
export interface LiveRun {
  runId: RunId;
  /** The rules file, as it was named. */
  rules: string;
  /** Messages that it holds. */
  paused: readonly PausedMessage[];
  failures: readonly RuleFailure[];
  connection: LiveConnection;
}

/** A run answers at once, or hangs. */
const ANSWER_MS = 2_000;

const folderOf = ({ dataDir }: Pick<Paths, 'dataDir'>) => join(dataDir, 'live');

/**
 * Lets other processes of this user follow a run with rules, and resume what it pauses.
 * @param rules the file, as the user named it
 * @returns a function that stops this
 * @throws Error if no socket can be created
 */
export async function openToOthers(
  paths: Pick<Paths, 'dataDir'>,
  session: LiveSession & Pick<TraceSession, 'runId'>,
  rules: string,
): Promise<() => void> {
  const channel = await openLiveChannel(session);
  const retract = announceRun(paths, { runId: session.runId, rules, socket: channel.path });
  return () => {
    retract();
    channel.close();
  };
}

/**
 * Lets other processes of this user find the live channel of a run.
 * @returns takes it back
 * @throws Error where it cannot be written
 */
export function announceRun(
  paths: Pick<Paths, 'dataDir'>,
  { runId, rules, socket }: { runId: RunId; rules: string; socket: string },
): () => void {
  const folder = folderOf(paths);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${runId}.json`);
  writeFileSync(file, JSON.stringify({ rules, socket }), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** The runs with rules that go on now, oldest first. What runs that were killed left behind is removed. */
export async function connectLiveRuns(paths: Pick<Paths, 'dataDir'>): Promise<LiveRun[]> {
  const runs = await Promise.all(
    announcedRuns(paths).map(async ({ file, runId, rules, socket }) => {
      const answer = await firstAnswer(socket);
      if (answer === 'gone') rmSync(file, { force: true });
      return answer === 'gone' || answer === 'silent' ? [] : [{ ...answer, runId, rules }];
    }),
  );
  return runs.flat();
}

/** Paths of the channels of these runs. Some may have been killed, so that nobody listens. */
export function socketsOfRuns(paths: Pick<Paths, 'dataDir'>): string[] {
  return announcedRuns(paths).map(({ socket }) => socket);
}

interface AnnouncedRun {
  file: string;
  runId: RunId;
  rules: string;
  socket: string;
}

function announcedRuns(paths: Pick<Paths, 'dataDir'>): AnnouncedRun[] {
  const folder = folderOf(paths);
  return namesIn(folder).flatMap((name) => {
    const file = join(folder, name);
    try {
      const { rules, socket } = parseRecord(readFileSync(file, 'utf8')) ?? {};
      const runId = name.slice(0, -'.json'.length) as RunId;
      return typeof socket === 'string' ? [{ file, runId, rules: String(rules), socket }] : [];
    } catch {
      // The run has just ended.
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^run_\w+\.json$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** gone: nobody listens; silent: the run does not report the messages that it holds. */
function firstAnswer(path: string): Promise<Pick<LiveRun, 'paused' | 'failures' | 'connection'> | 'gone' | 'silent'> {
  return new Promise((resolve) => {
    let failures: readonly RuleFailure[] = [];
    const connection = followLive(path, {
      onEvent(event) {
        if (event.type === 'rule_failures') failures = event.failures;
        if (event.type !== 'paused') return;
        clearTimeout(timer);
        resolve({ paused: event.messages, failures, connection });
      },
      onGone() {
        clearTimeout(timer);
        resolve('gone');
      },
    });
    const timer = setTimeout(() => {
      connection.end();
      resolve('silent');
    }, ANSWER_MS);
  });
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isRecord, parseRecord } from '../base/json.js';
import type { RunId } from '../model/ids.js';
import type { LiveConnection } from '../model/live-event.js';
import type { PausedMessage } from '../model/paused-message.js';
import type { Paths } from '../settings/paths.js';
import { followLive } from './follow-live.js';

/** A run whose rules file was named, as other processes find it. */
export interface LiveRun {
  runId: RunId;
  /** The rules file, as it was named. */
  rules: string;
  /** Messages that it holds. */
  paused: readonly PausedMessage[];
  connection: LiveConnection;
}

/** A run answers at once, or hangs. */
const ANSWER_MS = 2_000;

const folderOf = ({ dataDir }: Pick<Paths, 'dataDir'>) => join(dataDir, 'live');

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
  const folder = folderOf(paths);
  const runs = await Promise.all(
    namesIn(folder).map(async (name) => {
      const entry = parseRecord(readFileSync(join(folder, name), 'utf8'));
      if (!isRecord(entry) || typeof entry.socket !== 'string') return [];
      const { socket, rules } = entry;
      if (!(await isListening(socket))) {
        rmSync(join(folder, name), { force: true });
        return [];
      }
      const run = await followed(socket);
      return run === null ? [] : [{ ...run, runId: name.slice(0, -'.json'.length) as RunId, rules: String(rules) }];
    }),
  );
  return runs.flat();
}

/** Paths of the channels of these runs. Some may have been killed, so that nobody listens. */
export function socketsOfRuns(paths: Pick<Paths, 'dataDir'>): string[] {
  const folder = folderOf(paths);
  return namesIn(folder).flatMap((name) => {
    try {
      const socket = parseRecord(readFileSync(join(folder, name), 'utf8'))?.socket;
      return typeof socket === 'string' ? [socket] : [];
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

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Null where it does not say what it holds. */
function followed(path: string): Promise<Pick<LiveRun, 'paused' | 'connection'> | null> {
  return new Promise((resolve) => {
    const connection = followLive(path, {
      onEvent(event) {
        if (event.type !== 'paused') return;
        clearTimeout(timer);
        resolve({ paused: event.messages, connection });
      },
      onGone: () => resolve(null),
    });
    const timer = setTimeout(() => {
      connection.end();
      resolve(null);
    }, ANSWER_MS);
  });
}

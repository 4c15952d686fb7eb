import type { LiveConnection } from '../model/live-event.js';
import type { PausedMessage } from '../model/paused-message.js';
import type { Paths } from '../settings/paths.js';
import { followLive } from './follow-live.js';
import { socketsOfRuns } from './live-runs.js';

/** How often other runs are looked for. */
const LOOK_MS = 1_000;

interface FollowedRun {
  connection: LiveConnection;
  held: readonly PausedMessage[];
}

/** Follows the messages that all runs with rules hold, also those of runs that begin later. @param onHeld all of them, oldest first */
export function followLiveRuns(
  paths: Pick<Paths, 'dataDir'>,
  onHeld: (messages: readonly PausedMessage[]) => void,
): LiveConnection {
  const runs = new Map<string, FollowedRun>();

  function report(): void {
    onHeld([...runs.values()].flatMap(({ held }) => held).sort((a, b) => a.since - b.since));
  }

  function follow(socket: string): void {
    const connection = followLive(socket, {
      onEvent(event) {
        const run = runs.get(socket);
        if (run === undefined || event.type !== 'paused') return;
        run.held = event.messages;
        report();
      },
      onGone() {
        const held = runs.get(socket)?.held ?? [];
        runs.delete(socket);
        if (held.length > 0) report();
      },
    });
    runs.set(socket, { connection, held: [] });
  }

  const look = (): void => {
    for (const socket of socketsOfRuns(paths)) if (!runs.has(socket)) follow(socket);
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    resume(id) {
      for (const { held, connection } of runs.values()) if (held.some((each) => each.id === id)) connection.resume(id);
    },
    end() {
      clearInterval(timer);
      for (const { connection } of runs.values()) connection.end();
    },
  };
}

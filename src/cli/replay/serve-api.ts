import { UserError } from '../../base/errors.js';
import type { Speed } from '../../mcp/replay/clock.js';
import { recordedApi } from '../../scripted/recorded/recorded-api.js';
import { readRecordedSession } from '../../scripted/recorded/recorded-session.js';
import { startScriptedApi } from '../../scripted/scripted-api.js';
import { notify } from '../../text/output/stderr.js';
import { describeReplay, describeReplayed, type ReplayedCounts } from '../../text/reports/replayed-request.js';
import { withReader } from '../database.js';
import { printLines } from '../output.js';
import { untilSignal } from '../until-signal.js';

export interface ServeApiOptions {
  /** 0 picks a free port. */
  port: number;
  speed: Speed;
}

/**
 * Serves a recorded session as the Messages API on 127.0.0.1, until a signal.
 * @param given its id, the beginning of it, its name, or `last`
 * @throws UserError where it has no answers; CannotListenError; StoreError
 */
export async function serveRecordedApi(given: string, { port, speed }: ServeApiOptions): Promise<void> {
  await withReader(false, async (reader) => {
    const session = readRecordedSession(reader, reader.sessionId(given));
    const { sessionId, requests, unanswered } = session;
    if (requests.length === 0) throw new UserError(`Session ${sessionId} has no recorded answers.`);
    const counts: ReplayedCounts = { equal: 0, similar: 0, none: 0 };
    const api = await startScriptedApi({
      port,
      script: recordedApi({
        ...{ reader, session, speed },
        isApiHost: (host) => /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host),
        onRequest(request) {
          counts[request.match] += 1;
          const sentence = describeReplayed(request);
          if (sentence !== null) notify(sentence);
        },
      }),
      answerConnect: () => 403,
      keepsRequests: false,
    });
    const stopped = untilSignal();
    const left = unanswered === 0 ? '' : `, without ${unanswered} that had no answer`;
    notify(`${requests.length} requests of session ${sessionId} are answered until Ctrl-C${left}; no key is needed.`);
    await printLines([api.url]);
    await stopped;
    await api.close();
    notify(`${describeReplay(sessionId, counts)}.`);
  });
}

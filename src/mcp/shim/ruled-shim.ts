import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { LineWriter } from '../line-writer.js';
import { ActiveRules } from '../ruled/active-rules.js';
import { FailureReports } from '../ruled/failure-reports.js';
import { RuledConnection } from '../ruled/ruled-connection.js';
import { createFrameReader, type Sender } from '../socket/frames.js';
import { decodeRuledFrame, encodeRuledFrame, encodeRuledLine, type RuledFrame } from '../socket/ruled-frames.js';
import { Observation } from './observation.js';
import { relayRuled } from './ruled-relay.js';
import type { Carrying, ShimEnds } from './run-shim.js';

/** A line is observed as a whole, and may be longer than a frame. */
const FRAME_BYTES = 64 * 1024;

export interface RuledCarrying extends Carrying {
  /** The connection ends soon: what is held is dropped. */
  abort(): void;
}

/** A rules file, which was valid when it was read. */
export interface RulesText {
  text: string;
  file: string;
}

/**
 * Relays as rules decide. New rules come from the listener; without a listener, the previous ones still act.
 * @param rules null if none act until the listener sends some
 */
export function carryRuled(
  { task, server, stdin, stdout, hello, options }: ShimEnds,
  rules: RulesText | null,
): RuledCarrying {
  let failure: string | null = null;
  const fail = (message: string) => {
    failure = message;
    tell({ type: 'rules_failed', message });
  };
  const failures = new FailureReports((failure) => tell({ type: 'rule_failed', failure }));
  const active = new ActiveRules(fail, failures);
  const use = (text: string) => {
    try {
      active.use(text, rules?.file ?? '');
    } catch (error) {
      fail(describeError(error));
    }
  };
  const observation = new Observation(
    task.socket,
    { ...hello, hasRules: true },
    {
      ...options,
      readerOf: (onRead) =>
        createFrameReader(decodeRuledFrame, (frame) => {
          if (frame.type === 'read') onRead(frame.lines);
          else if (frame.type === 'rules') use(frame.text);
          else if (frame.type === 'resume') connection.resume(frame.id);
        }),
      onConnected() {
        for (const message of connection.paused) tell({ type: 'paused', message });
        if (failure !== null) tell({ type: 'rules_failed', message: failure });
        failures.flush();
      },
    },
  );
  const tell = (frame: RuledFrame) => observation.tell(encodeRuledFrame(frame));
  const resume = () => {
    fromClient.resume();
    fromServer.resume();
  };
  const connection = new RuledConnection({
    rules: active,
    server: task.name,
    transport: 'stdio',
    session: { id: hello.sessionId, tags: [], startedAt: Math.round(hello.at) },
    report(line) {
      // In the order of what passes.
      fromClient.flush();
      fromServer.flush();
      // Redacted text must be known before an API request repeats it.
      observation.send(encodeRuledLine(line), 1, line.ruled.redactions.length > 0);
    },
    onPause: tell,
    onRelieved: resume,
  });
  const observe = (sender: Sender) => (bytes: Buffer) => {
    for (let start = 0; start < bytes.length; start += FRAME_BYTES) {
      observation.see(sender, bytes.subarray(start, start + FRAME_BYTES), now());
    }
  };
  const toServer = new LineWriter(server.stdin, resume);
  const toClient = new LineWriter(stdout, resume);
  const close = () => {
    stdout.end();
    server.stop();
  };
  const fromClient = relayRuled({
    sender: 'client',
    from: stdin,
    to: toServer,
    back: toClient,
    connection,
    observe: observe('client'),
    close,
  });
  const fromServer = relayRuled({
    sender: 'server',
    from: server.stdout,
    to: toClient,
    back: toServer,
    connection,
    observe: observe('server'),
    close,
  });
  // One of the readers is gone.
  stdout.on('error', () => {
    connection.abort();
    server.stdout.destroy();
  });
  server.stdin.on('error', () => stdin.destroy());
  if (rules !== null) use(rules.text);
  return {
    observation,
    abort: () => connection.abort(),
    async drained() {
      connection.abort('client');
      await new Promise<void>((resolve) => {
        connection.end('server', () => toClient.end(resolve));
      });
      failures.flush();
    },
  };
}

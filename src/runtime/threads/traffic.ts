/**
 * The thread that carries the traffic: the proxy, the observers beside its pipes, and what shims of MCP servers report. Nothing slow runs here. An uncaught
 * exception resets what is open (Claude Code retries a reset) and ends the thread; main restarts it.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import { listenForShims, type ShimRules, type ShimServer } from '../../mcp/socket/listen.js';
import { createAuthority, type Proxy as RunningProxy, startProxy } from '../../proxy/index.js';
import { observe } from '../../wire/index.js';
import type { RulesStart, TrafficRules } from '../rules/traffic-rules.js';
import { EventSender } from './event-sender.js';
import type { FromTraffic, ToTraffic, TrafficStart } from './messages.js';
import { WorkMarker } from './work-marker.js';

/** Reading several events of an answer together costs less. The panel draws a growing answer at most ten times a second. */
const OBSERVE_AFTER_MS = 50;

/** How often main learns how much is left to store. */
const UNSTORED_MS = 200;

if (!parentPort) throw new Error('traffic.js runs as a worker thread only');
const main: MessagePort = parentPort;
// A message without a listener would be lost.
main.once('message', (start: TrafficStart) => void carry(start));

async function carry(start: TrafficStart): Promise<void> {
  const sender = new EventSender((exchanges) => send({ type: 'shed', exchanges }));
  let proxy: RunningProxy | null = null;
  let shims: ShimServer | null = null;
  let rules: TrafficRules | null = null;
  new WorkMarker(start.workBuffer).keepBeating();

  process.on('uncaughtException', (error) => {
    proxy?.abort();
    throw error;
  });
  main.on('message', async (message: ToTraffic) => {
    if (message.type === 'recorder') return sender.attach(message.port);
    if (message.type === 'resume') {
      rules?.resume(message.id);
      return shims?.resume(message.id);
    }
    if (message.type === 'exit') return main.close();
    rules?.stop();
    await Promise.all([proxy?.close(), shims?.close()]);
    sender.end();
    // Events that are not stored yet are kept: the recorder may have to be restarted.
    send({ type: 'closed' });
    setInterval(() => send({ type: 'unstored', exchanges: sender.unstored }), UNSTORED_MS).unref();
  });

  try {
    rules = start.rules && (await startRules(start.rules, sender));
    const authority = start.authority ?? createAuthority(start.interceptHosts);
    proxy = await startProxy({
      ...start,
      authority,
      openObserver: (connection) => observe(connection, sender.send),
      observeAfterMs: OBSERVE_AFTER_MS,
      onObserved: sender.flush,
      ...(rules && { relayFor: rules.relayFor }),
      onFact: (fact) => send({ type: 'fact', fact }),
    });
    if (start.shimSocket !== null) shims = await listen(start.shimSocket, sender, rules?.forShims ?? null);
    if (shims !== null) rules?.serve(shims);
    send({ type: 'listening', port: proxy.port, authority });
  } catch (error) {
    send({ type: 'cannot_start', message: describeError(error) });
    main.close();
  }
}

/** Null when it cannot listen: the shims work without us, and so does the proxy. */
async function listen(path: string, sender: EventSender, rules: ShimRules | null): Promise<ShimServer | null> {
  try {
    return await listenForShims(path, sender.send, rules);
  } catch (error) {
    send({ type: 'no_shims', message: describeError(error) });
    return null;
  }
}

async function startRules(start: RulesStart, sender: EventSender): Promise<TrafficRules> {
  const { startTrafficRules } = await import('../rules/traffic-rules.js');
  return startTrafficRules({
    ...start,
    emit: sender.send,
    onPause: (event) => send({ type: 'pause', event }),
    onRuleFailed: (failure) => send({ type: 'rule_failed', failure }),
    onTaken: (text) => send({ type: 'rules_taken', text }),
    onProblem: (message) => send({ type: 'rules_problem', message }),
  });
}

function send(message: FromTraffic): void {
  main.postMessage(message);
}

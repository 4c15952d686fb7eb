/**
 * The thread that carries the traffic: the proxy, and the observers beside its pipes. Nothing slow runs here.
 * An exception that gets this far resets what is open (the CLI retries a reset) and ends the thread; main starts it again.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import { createAuthority, type Proxy as RunningProxy, startProxy } from '../../proxy/index.js';
import { observe } from '../../wire/index.js';
import { EventSender } from './event-sender.js';
import type { FromTraffic, ToTraffic, TrafficStart } from './messages.js';
import { WorkMarker } from './work-marker.js';

/** How often main learns what is left to store. */
const UNSTORED_MS = 200;

if (!parentPort) throw new Error('traffic.js runs as a worker thread only');
const main: MessagePort = parentPort;
// Listening before the first message is handled: a message that finds no listener is lost.
main.once('message', (start: TrafficStart) => void carry(start));

async function carry(start: TrafficStart): Promise<void> {
  const sender = new EventSender((exchanges) => tell({ type: 'shed', exchanges }));
  let proxy: RunningProxy | null = null;
  new WorkMarker(start.workBuffer).keepBeating();

  process.on('uncaughtException', (error) => {
    proxy?.abort();
    throw error;
  });
  main.on('message', async (message: ToTraffic) => {
    if (message.type === 'recorder') return sender.attach(message.port);
    if (message.type === 'exit') return main.close();
    await proxy?.close();
    sender.end();
    // What is not stored yet is kept, for a recorder that may have to take the place of this one.
    tell({ type: 'closed' });
    setInterval(() => tell({ type: 'unstored', exchanges: sender.unstored }), UNSTORED_MS).unref();
  });

  try {
    const authority = start.authority ?? createAuthority(start.interceptHosts);
    proxy = await startProxy({
      ...start,
      authority,
      openTap: (connection) => observe(connection, sender.send),
      onFact: (fact) => tell({ type: 'fact', fact }),
    });
    tell({ type: 'listening', port: proxy.port, authority });
  } catch (error) {
    tell({ type: 'cannot_start', message: describeError(error) });
    main.close();
  }
}

function tell(message: FromTraffic): void {
  main.postMessage(message);
}

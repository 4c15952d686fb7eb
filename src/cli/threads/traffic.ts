/**
 * The thread that carries the traffic: the proxy, and the observers beside its pipes. Nothing slow runs here.
 * An exception that gets this far resets what is open (the CLI retries a reset) and ends the thread; main starts it again.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { observe } from '../../capture/index.js';
import { type Proxy as RunningProxy, startProxy } from '../../proxy/index.js';
import { describeError } from '../errors.js';
import { EventSender } from './event-sender.js';
import type { FromTraffic, ToTraffic, TrafficStart } from './messages.js';

const main = parentPort;
if (!main) throw new Error('traffic.js runs as a worker thread only');
const tell = (message: FromTraffic) => main.postMessage(message);

const { authority, interceptHosts, credentials, upstream, port } = workerData as TrafficStart;
const sender = new EventSender((exchanges) => tell({ type: 'shed', exchanges }));
let proxy: RunningProxy | null = null;

process.on('uncaughtException', (error) => {
  proxy?.abort();
  throw error;
});

main.on('message', async (message: ToTraffic) => {
  if (message.type === 'recorder') return sender.attach(message.port);
  await proxy?.close();
  sender.end();
  tell({ type: 'closed' });
  main.close();
});

try {
  proxy = await startProxy({
    authority,
    interceptHosts,
    credentials,
    upstream,
    port,
    openTap: (connection) => observe(connection, sender.send),
    onFact: (fact) => tell({ type: 'fact', fact }),
  });
  tell({ type: 'listening', port: proxy.port });
} catch (error) {
  tell({ type: 'cannot_start', message: describeError(error) });
  main.close();
}

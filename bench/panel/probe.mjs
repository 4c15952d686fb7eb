// Preloaded into each thread of a process: tells on a connection to the port BENCH_PROBE, whenever it is asked, what lives there.
// Asked for `snapshot <folder>`, it writes its heap there.
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { getHeapStatistics, writeHeapSnapshot } from 'node:v8';
import { threadId } from 'node:worker_threads';

const name = threadId === 0 ? 'main' : basename(process.argv[1] ?? '', '.js');
const socket = connect(Number(process.env.BENCH_PROBE), '127.0.0.1');
socket.unref();
socket.on('error', () => {});
socket.on('data', (data) => {
  const [, folder] = /snapshot ([^"\n]+)/.exec(data.toString()) ?? [];
  if (folder !== undefined) writeHeapSnapshot(join(folder, `${name}-${Date.now()}.heapsnapshot`));
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { number_of_native_contexts: contexts, number_of_detached_contexts: detached } = getHeapStatistics();
  const liveMb = (heapUsed + external) / 1e6;
  const mb = { liveMb, heapMb: heapUsed / 1e6, externalMb: external / 1e6, arrayBuffersMb: arrayBuffers / 1e6 };
  const resources = process.getActiveResourcesInfo();
  socket.write(`${JSON.stringify({ thread: threadId, name, ...mb, resources, contexts, detached })}\n`);
});

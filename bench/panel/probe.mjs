// Preloaded into each thread of a process: reports on a connection to the port BENCH_PROBE, whenever it is asked, how much memory is
// live in the thread. `snapshot <folder>` also writes a heap snapshot there.
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
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
  const { heapUsed, external } = process.memoryUsage();
  const mb = { liveMb: (heapUsed + external) / 1e6, heapMb: heapUsed / 1e6, externalMb: external / 1e6 };
  const resources = process.getActiveResourcesInfo();
  socket.write(`${JSON.stringify({ name, ...mb, resources })}\n`);
});

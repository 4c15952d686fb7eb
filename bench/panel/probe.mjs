/** Preloaded into each thread of a process: tells on a connection to the port BENCH_PROBE, whenever it is asked, what lives there. */
import { connect } from 'node:net';
import { threadId } from 'node:worker_threads';

const socket = connect(Number(process.env.BENCH_PROBE), '127.0.0.1');
socket.unref();
socket.on('error', () => {});
socket.on('data', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  socket.write(`${JSON.stringify({ thread: threadId, liveMb: (heapUsed + external) / 1e6 })}\n`);
});

// Starts a server that ignores the end of its input and SIGTERM, and prints its pid and that of the guard; again for each later guard.
// Argument: the server.
import { Child } from '../../../src/gateway/upstream/stdio/child.js';
import { GroupGuard } from '../../../src/gateway/upstream/stdio/group-guard.js';

const guard = new GroupGuard();
const command = [process.execPath, process.argv[2] ?? '', 'deaf'];
let onReady = () => {};
const ready = new Promise<void>((resolve) => {
  onReady = resolve;
});
const child = await Child.start({ command, env: process.env }, { onLine: onReady, onEnd: () => {} }, { guard });
child.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}'));
await ready;
let printed: number | null = null;
const print = () => {
  if (guard.pid === null || guard.pid === printed) return;
  printed = guard.pid;
  console.log(JSON.stringify({ child: child.pid, guard: printed }));
};
print();
setInterval(print, 20);
process.stdin.resume();

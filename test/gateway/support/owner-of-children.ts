// Starts a server that ignores the end of its input and SIGTERM, and prints its pid and that of the guard. Argument: the server.
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
console.log(JSON.stringify({ child: child.pid, guard: guard.pid }));
process.stdin.resume();

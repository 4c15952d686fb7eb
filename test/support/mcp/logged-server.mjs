// The server of ../claude/mcp-server.mjs, with a log of all bytes that pass, as base64: `{ sender, bytes }` a line. Arguments: the
// log, and what the other takes.
import { appendFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';

const [node, script, log, server] = process.argv;
const note = (sender, bytes) =>
  appendFileSync(log, `${JSON.stringify({ sender, bytes: Buffer.from(bytes).toString('base64') })}\n`);

const { stdout, stdin } = process;
const write = stdout.write.bind(stdout);
stdout.write = (bytes, ...rest) => {
  note('server', bytes);
  return write(bytes, ...rest);
};
const input = new PassThrough();
stdin.on('data', (bytes) => {
  note('client', bytes);
  input.write(bytes);
});
stdin.on('end', () => input.end());
Object.defineProperty(process, 'stdin', { value: input });
process.argv = [node, script, server];
await import('../claude/mcp-server.mjs');

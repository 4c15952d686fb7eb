/*
 * A program to be traced: opens this many tunnels through HTTPS_PROXY at the same time, closes them, and opens one more. Prints a JSON
 * line: how many were opened, and whether the last one was. usage: many-connections.mjs <count>
 */
import { connect } from 'node:net';

const { hostname, port, username, password } = new URL(process.env.HTTPS_PROXY);
const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
const CONNECT = `CONNECT api.anthropic.com:443 HTTP/1.1\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`;

const sockets = [];
const opened = await Promise.all(Array.from({ length: Number(process.argv[2]) }, open));
await Promise.all(
  sockets.map((socket) => socket.closed || new Promise((closed) => socket.once('close', closed).destroy())),
);
// The proxy has to notice it first.
let last = false;
while (!last) last = await open();
for (const socket of sockets) socket.destroy();
console.log(JSON.stringify({ opened: opened.filter(Boolean).length, last }));
process.exitCode = 6;

function open() {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port }, () => socket.write(CONNECT));
    sockets.push(socket);
    socket.once('data', (bytes) => resolve(/^HTTP\/1\.1 200 /.test(bytes.toString())));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

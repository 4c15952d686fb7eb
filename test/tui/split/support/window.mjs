/**
 * The window of a terminal: when this process is killed, the terminal is gone.
 * usage: node window.mjs <command> [arguments…]
 */
import { spawn } from '@lydell/node-pty';

const [command, ...args] = process.argv.slice(2);
const pty = spawn(command, args, { cols: 120, rows: 30, env: process.env });
pty.onData((data) => process.stdout.write(data));

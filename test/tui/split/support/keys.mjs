/**
 * A full-screen program: asks for the modes named as its arguments and says what it is sent. `?` makes it ask for the flags of the
 * keyboard protocol. Ends with Ctrl-D.
 * usage: node keys.mjs [escape sequences without the escape…]
 */
import { createHash } from 'node:crypto';

process.stdin.setRawMode(true);
process.stdout.write(
  process.argv
    .slice(2)
    .map((sequence) => `\x1b${sequence}`)
    .join(''),
);
const hash = createHash('sha256');
let total = 0;
process.stdin.on('data', (bytes) => {
  if (bytes.length === 1 && bytes[0] === 4) process.exit(7);
  if (bytes.toString() === '?') process.stdout.write('\x1b[?u');
  total += bytes.length;
  hash.update(bytes);
  const digest = hash.copy().digest('hex').slice(0, 8);
  const last = JSON.stringify(bytes.subarray(-24).toString('utf8')).slice(1, -1);
  process.stdout.write(`\x1b[3;1H\x1b[Kgot ${total} ${digest} ${last}`);
});
process.on('SIGWINCH', tellSize);
function tellSize() {
  process.stdout.write(`\x1b[2;1H\x1b[Ksize ${process.stdout.columns}x${process.stdout.rows}`);
}
tellSize();
process.stdout.write(`\x1b[1;1H\x1b[Kready ${process.ppid} ${process.pid}`);

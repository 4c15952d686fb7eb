/**
 * A busy full-screen program: for each key it draws a number of frames, 30 a second, and a mark with the last one.
 *
 * usage: tsx busy.ts <frames>
 */
import { pictureOf } from './picture.js';

const FRAME_MS = 1000 / 30;
const { stdin, stdout } = process;
const frames = Number(process.argv[2]);
let left = 0;
let drawn = 0;

stdin.setRawMode(true);
stdin.on('data', () => {
  left = frames;
});
stdout.write('\x1b[?1049h\x1b[?25lready');
setInterval(() => {
  if (left === 0) return;
  left -= 1;
  drawn += 1;
  stdout.write(`${pictureOf(drawn, { width: stdout.columns, height: stdout.rows })}\x1b[H${left === 0 ? '■' : ' '}`);
}, FRAME_MS);

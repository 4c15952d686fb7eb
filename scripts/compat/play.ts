/** Plays one cell on the Node that runs this, and prints it as a line of JSON. usage: play.ts VERSION */
import { playCell } from './cell.js';

const cell = await playCell(process.argv[2] ?? '');
console.log(JSON.stringify(cell));

import { fileOutput } from '../../../src/export/output/output.js';

/** Begins an output file and then waits for its end; says when it has begun, and when it is asked to stop. */
const output = await fileOutput(process.argv[2] ?? '', false);
await output.write('half');
process.once('SIGINT', () => console.log('asked'));
setInterval(() => {}, 60_000);
console.log('begun');

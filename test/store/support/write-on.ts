/** Writes until it is ended, without checking that its file still has its name: `write-on.ts <file>`. */
import { openStore } from '../../../src/store/index.js';
import { aBody, aRequest, aRun } from './records.js';

const [file = ''] = process.argv.slice(2);
const store = openStore(file, 1_000);
const run = aRun();
store.beginRun(run);
console.log(run.id);
setInterval(() => store.saveRequest(aRequest(run.id, { body: aBody('x'.repeat(20_000)) })), 2);

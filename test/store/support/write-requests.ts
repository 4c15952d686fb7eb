/** Writes a session of requests, half of them with responses: `write-requests.ts <file> <turns> [stay]`. */
import { openStore } from '../../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from './records.js';
import { sessionBodies } from './session-bodies.js';

const [file = '', turns = '0', stay] = process.argv.slice(2);
// Waiting longer for another process is a failure.
const store = openStore(file, 1_000);
const run = aRun();
store.beginRun(run);
sessionBodies(Number(turns), 90_000).forEach((body, turn) => {
  const request = aRequest(run.id, { body: aBody(body) });
  store.saveRequest(request);
  if (turn % 2 === 0) store.saveResponse(aResponse(request), anAttribution([aShare('user', 10)]));
});
console.log(run.id);
if (stay) setInterval(() => {}, 1_000);
else store.close();

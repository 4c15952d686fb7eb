/** Sends one batch of a database to a collector, as a run does. usage: send-a-turn.ts <database> <endpoint> */
import { createTelemetryStream } from '../../../src/export/telemetry/stream.js';
import { openReader, openStore } from '../../../src/store/index.js';

const [file = '', endpoint = ''] = process.argv.slice(2);
const [store, reader] = [openStore(file), openReader(file)];
const { turn } = createTelemetryStream({
  endpoint,
  withContent: false,
  attributes: { team: 'core' },
  since: 0,
  ask: (question) => question(reader),
  write: (work) => work(store),
  onLoss: () => {},
});
await turn(new AbortController().signal);

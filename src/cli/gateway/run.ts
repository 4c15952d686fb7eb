import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import type { GatewayFact } from '../../gateway/index.js';
import { notify } from '../../text/output/stderr.js';
import { startRecording } from './record.js';

/** Runs the gateway until SIGINT or SIGTERM; SIGHUP makes it take the changed configuration. A second signal ends it at once. */
export async function runGateway(file: string): Promise<void> {
  const { loadGatewayConfig, recordedUrl, startGateway } = await import('../../gateway/index.js');
  const loaded = await loadGatewayConfig(file, process.env);
  let { config } = loaded;
  const report = (fact: GatewayFact) => {
    if (fact.type === 'problem' || fact.type === 'upstream_error') notify(`${fact.type}: ${fact.message}`);
    if (fact.type === 'reloaded')
      notify(`the configuration was read again; changed: ${fact.changed.join(', ') || 'nothing'}`);
    if (fact.type === 'reload_failed') notify(`the configuration was not changed: ${fact.message}`);
  };
  const recording = await startRecording(config, (route) => recordedUrl(config, route));
  const gateway = await startGateway(loaded, { report, ...(recording !== null && { emit: recording.emit }) });
  notify(`gateway at ${gateway.url}, routes: ${config.routes.map(({ name }) => `/mcp/${name}`).join(', ')}`);
  process.on('SIGHUP', async () => {
    try {
      const changed = await loadGatewayConfig(file, process.env);
      await gateway.reload(changed);
      config = changed.config;
    } catch (error) {
      report({ type: 'reload_failed', at: now(), message: describeError(error) });
    }
  });
  await new Promise<void>((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => (signals++ === 0 ? resolve() : process.exit(1)));
    }
  });
  const { lost } = await gateway.stop(config.limits.stop);
  if (lost > 0) notify(`${lost} requests were cut off.`);
  await recording?.stop();
}

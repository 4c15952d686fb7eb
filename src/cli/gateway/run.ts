import { describeError } from '../../base/error-text.js';
import { notify } from '../../text/output/stderr.js';

/** Runs the gateway until a signal; SIGHUP takes the changed configuration. */
export async function runGateway(file: string): Promise<void> {
  const { loadGatewayConfig, startGateway } = await import('../../gateway/index.js');
  let loaded = await loadGatewayConfig(file, process.env);
  const gateway = await startGateway(loaded, {
    report(fact) {
      if (fact.type === 'problem' || fact.type === 'upstream_error') notify(`${fact.type}: ${fact.message}`);
    },
  });
  notify(`gateway at ${gateway.url}, routes: ${loaded.config.routes.map(({ name }) => `/mcp/${name}`).join(', ')}`);
  process.on('SIGHUP', async () => {
    try {
      const changed = await loadGatewayConfig(file, process.env);
      await gateway.reload(changed);
      loaded = changed;
      notify('the configuration was read again.');
    } catch (error) {
      notify(`the configuration was not changed: ${describeError(error)}`);
    }
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const { lost } = await gateway.stop(loaded.config.limits.stop);
  if (lost > 0) notify(`${lost} requests were cut off.`);
}

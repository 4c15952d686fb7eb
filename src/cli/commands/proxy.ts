import { join } from 'node:path';
import type { Argv } from 'yargs';
import { loadOrCreateAuthority } from '../../proxy/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { planLaunch, proxyUrl } from '../../runtime/launch-plan.js';
import { streamTelemetry } from '../../runtime/stream-telemetry.js';
import { ProxyTap } from '../../runtime/threads/proxy-tap.js';
import { startTrace } from '../../runtime/trace-session.js';
import { loadConfig } from '../../settings/config-file.js';
import { customHeaders } from '../../settings/custom-headers.js';
import { resolvePaths } from '../../settings/paths.js';
import { notify, printError } from '../../text/output/stderr.js';
import { isLive, liveLine } from '../../text/reports/live-line.js';
import type { OptionsOf } from '../command-file.js';
import { wholeNumber } from '../options/shared-options.js';
import { printLines } from '../output.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace proxy [options]\n\nRuns the proxy until Ctrl-C, for programs that you start yourself.')
    .option('port', { type: 'number', default: 0, describe: 'port on 127.0.0.1; 0 picks a free port' })
    .option('quiet', { type: 'boolean', default: false, describe: 'print no line for each API call' })
    .example('claude-trace proxy --port 8080', 'then export the variables it prints, and run your program');
}

/** Its authority is kept on disk (0600), since programs that start at other times must trust the same one. */
export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const port = wholeNumber('port', args.port, 0, 65_535);
  const paths = resolvePaths(process.env);
  const config = await loadConfig(paths.configFile);
  const rules = await configuredRules(config, paths.configFile);
  const plan = planLaunch(config, process.env);
  for (const warning of plan.warnings) notify(warning);
  const proxy = new ProxyTap({
    plan,
    authority: loadOrCreateAuthority(paths.dataDir, plan.interceptHosts),
    port,
    onFact: (fact) => {
      if (fact.type === 'failed') notify(fact.failure.message);
    },
  });
  const onProblem = (_code: string, message: string) => notify(message);
  const trace = await startTrace({
    taps: [proxy],
    config,
    paths,
    command: ['proxy'],
    // The folders of its clients are not known; connectors of claude.ai are.
    mcpServers: config['mcp.enabled'] ? [] : null,
    rules: rules && { set: rules, isRuled: false },
    secretHeaders: customHeaders([process.env.ANTHROPIC_CUSTOM_HEADERS]),
    onCommitted: (rows) => {
      if (!args.quiet) for (const row of rows.filter(isLive)) printError(liveLine(row, new Date()));
    },
    onProblem,
  });
  const stopTelemetry = await streamTelemetry({ paths, config, session: trace, onProblem });
  const url = proxyUrl(proxy.listening);
  await printLines([
    `export HTTPS_PROXY=${url}`,
    `export https_proxy=${url}`,
    `export NODE_EXTRA_CA_CERTS=${join(paths.dataDir, 'ca.pem')}`,
  ]);
  const hurry = new AbortController();
  await new Promise<void>((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => (signals++ === 0 ? resolve() : hurry.abort()));
    }
  });
  const { lost } = await trace.stop(hurry.signal);
  await stopTelemetry(hurry.signal);
  if (lost > 0) notify(`${lost} captured requests and responses could not be stored.`);
}

import { PROMPTS } from './script.js';
import { openSession } from './session.js';
import { tunnelAgent } from './tunnel.js';

/*
 * The program that `claude-trace demo` traces: it plays Claude Code, without a key or a network. Like the real CLI it
 * finds the proxy in HTTPS_PROXY and trusts what NODE_EXTRA_CA_CERTS adds (Node reads that itself).
 */
const HOST = 'api.anthropic.com';

const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
if (proxy === undefined) {
  // Without a proxy the invented key would go to the real API.
  console.error('HTTPS_PROXY is not set. This program only runs inside `claude-trace demo`.');
  process.exitCode = 1;
} else {
  const agent = await tunnelAgent(new URL(proxy), HOST);
  const session = openSession(HOST, agent, (text) => process.stdout.write(text));
  await session.start();
  for (const prompt of PROMPTS) {
    process.stdout.write(`> ${prompt}\n`);
    await session.ask(prompt);
    process.stdout.write('\n\n');
  }
  agent.destroy();
}

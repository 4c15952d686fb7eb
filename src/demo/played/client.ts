import { PROMPTS } from '../script.js';
import { openSession } from './session.js';
import { plainShow } from './show.js';
import { tunnelAgent } from './tunnel.js';
import { watchedShow } from './watched-show.js';

/*
 * The program that `claude-trace demo` traces: it plays Claude Code, without a key or a network. Like the real CLI it
 * finds the proxy in HTTPS_PROXY and trusts what NODE_EXTRA_CA_CERTS adds (Node reads that itself). With `--watched` it runs
 * on a terminal at the pace of a person who looks at it, and waits at the end; `--pane-keys` says how to get to the panel in tmux.
 */
const HOST = 'api.anthropic.com';

const [, paneKeys] = /^--pane-keys=(.+)$/m.exec(process.argv.join('\n')) ?? [];
const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
if (proxy === undefined) {
  // Without a proxy the invented key would go to the real API.
  console.error('HTTPS_PROXY is not set. This program only runs inside `claude-trace demo`.');
  process.exitCode = 1;
} else {
  const agent = await tunnelAgent(new URL(proxy), HOST);
  const show = process.argv.includes('--watched')
    ? watchedShow(process.stdin, process.stdout, paneKeys)
    : plainShow((text) => process.stdout.write(text));
  const session = openSession(HOST, agent, show);
  await session.start();
  for (const prompt of PROMPTS) {
    await show.prompt(prompt);
    await session.ask(prompt);
    show.answered();
  }
  agent.destroy();
  await show.end();
}

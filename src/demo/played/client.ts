import { once } from 'node:events';
import { PROMPTS } from '../script.js';
import { openSession } from './session.js';
import { tunnelAgent } from './tunnel.js';
import { wrapWords } from './wrap-words.js';

/*
 * The program that `claude-trace demo` traces: it plays Claude Code, without a key or a network. Like the real CLI it
 * finds the proxy in HTTPS_PROXY and trusts the certificates of NODE_EXTRA_CA_CERTS, which Node reads itself. With
 * `--panel-keys=<keys>` it explains the panel at the end and waits for Enter.
 */
const HOST = 'api.anthropic.com';

const [, panelKeys] = /^--panel-keys=(.+)$/m.exec(process.argv.join('\n')) ?? [];
// What is typed before the end is no answer to it.
if (panelKeys !== undefined) process.stdin.resume();
const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
if (proxy === undefined) {
  // Without a proxy the invented key would go to the real API.
  console.error('HTTPS_PROXY is not set. This program only runs inside `claude-trace demo`.');
  process.exitCode = 1;
} else {
  const agent = await tunnelAgent(new URL(proxy), HOST);
  const write = (text: string) => process.stdout.write(text);
  const print = wrapWords(write, () => process.stdout.columns ?? Number.POSITIVE_INFINITY);
  const session = openSession(HOST, agent, print);
  await session.start();
  for (const prompt of PROMPTS) {
    print(`> ${prompt}\n`);
    await session.ask(prompt);
    print('\n\n');
  }
  agent.destroy();
  if (panelKeys !== undefined) {
    write('That was the session. The panel has all of its requests.\n');
    for (const [key, does] of [
      [panelKeys, 'to the panel, and back'],
      ['Enter', 'opens a request there'],
      ['3', 'lists the sources'],
      ['+', 'rates the last answer'],
      ['?', 'lists all keys'],
    ] as const) {
      write(`  ${key.padEnd(10)}${does}\n`);
    }
    write('Press Enter here to end the demo.\n');
    if (!process.stdin.readableEnded) await Promise.race([once(process.stdin, 'data'), once(process.stdin, 'end')]);
    process.stdin.pause();
  }
}

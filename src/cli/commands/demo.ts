import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Argv } from 'yargs';
import { startDemo } from '../../demo/demo.js';
import { UserError } from '../errors.js';
import { DEMO_CLIENT, MAIN } from '../locations.js';
import { writeOut } from '../stdout.js';

/** What a user would ask next; each runs as typed. */
const QUESTIONS: readonly string[][] = [
  ['query'],
  ['query', '--source', 'mcp:*', '--limit', '3'],
  ['show', 'last'],
  ['diff', 'last'],
  ['suggest'],
];

export function options(yargs: Argv) {
  return yargs.usage(
    'claude-trace demo\n\nTraces a scripted session through the real proxy, then asks what a user would ask.\n' +
      'Needs no key and no network, and leaves nothing behind.',
  );
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-demo-'));
  const api = await startDemo();
  try {
    const caFile = join(folder, 'api-ca.pem');
    writeFileSync(caFile, api.caPem);
    const environment = {
      // The scripted API plays a company's TLS-inspecting proxy, so the session takes the way that it would take there.
      HTTPS_PROXY: api.proxyUrl,
      https_proxy: api.proxyUrl,
      NO_PROXY: '',
      no_proxy: '',
      NODE_EXTRA_CA_CERTS: caFile,
      CLAUDE_TRACE_DATA_DIR: join(folder, 'data'),
      CLAUDE_TRACE_CONFIG: join(folder, 'config.json'),
    };
    await ask(
      ['wrap', '--live', '--', process.execPath, DEMO_CLIENT],
      environment,
      'wrap --live -- claude   (played by a script)',
    );
    for (const question of QUESTIONS) await ask(question, environment, question.join(' '));
    await writeOut('\nNow with the real one: claude-trace wrap -- claude\n');
  } finally {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(args: readonly string[], env: Record<string, string>, shown: string): Promise<void> {
  await writeOut(`\n$ claude-trace ${shown}\n`);
  const { exitCode } = await execa(process.execPath, [MAIN, ...args], { stdio: 'inherit', env, reject: false });
  if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace ${args[0]} ended with ${exitCode}.`);
}

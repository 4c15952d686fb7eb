import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openRecording } from '../../src/mcp/replay/recording.js';
import { serveHttp } from '../../src/mcp/replay/serve-http.js';
import { runningGateway } from '../gateway/support/running-gateway.js';
import { bridge } from '../mcp/support/http-bridge.js';
import { tapeOf } from '../mcp/support/tapes.js';
import { listenForShims } from '../support/mcp/shim-listener.js';
import { throughShim } from '../support/mcp/shim-program.js';
import { removeFolder } from '../support/remove-folder.js';

const SUITE = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/dist/index.js');
const SERVER = fileURLToPath(new URL('../support/mcp/conformance-server.mjs', import.meta.url));
const ENV = { PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '' };
/** The suite imports what Node.js has since 22. */
const HAS_SUITE = Number(process.versions.node.split('.')[0]) >= 22;

/** Runs the official suite of conformance tests against a server. @returns failed checks by scenario, and the number of checks passed */
async function conformanceOf(url: string): Promise<{ failed: string[]; passed: number; scenarios: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'claude-trace-conformance-'));
  onTestFinished(() => removeFolder(folder));
  await new Promise<void>((resolve) => {
    const args = [SUITE, 'server', '--suite', 'all', '--url', url, '--output-dir', folder];
    execFile(process.execPath, args, { cwd: folder, env: ENV }, () => resolve());
  });
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('checks.json'));
  const failed: string[] = [];
  let passed = 0;
  for (const file of files) {
    const checks: { id: string; status: string }[] = JSON.parse(await readFile(join(folder, file), 'utf8'));
    const scenario = /server-(.+)-\d{4}-/.exec(file)?.[1] ?? file;
    passed += checks.filter(({ status }) => status === 'SUCCESS').length;
    failed.push(...checks.filter(({ status }) => status === 'FAILURE').map(({ id }) => `${scenario}: ${id}`));
  }
  return { failed, passed, scenarios: files.length };
}

it.runIf(HAS_SUITE)(
  'the official conformance suite passes through the shim, and through the gateway against the replay of what it asked',
  async () => {
    const shims = await listenForShims();
    onTestFinished(() => shims.remove());
    const live = await bridge(throughShim([process.execPath, SERVER], shims.path), ENV);
    const through = await conformanceOf(live.url);
    const tapes = live.sessions.map((lines) => tapeOf(lines, { protocol: '2025-11-25' }));
    await live.close();
    const notes: string[] = [];
    const recording = await openRecording(tapes);
    const replay = await serveHttp(recording, { port: 0, speed: 'max', note: (text) => notes.push(text) });
    onTestFinished(() => replay.close());
    const gateway = await runningGateway({ routes: { replay: { upstreams: [{ url: replay.url }] } } });
    const replayed = await conformanceOf(gateway.url('replay'));
    // The bridge of this test takes any Host header.
    expect(through.failed).toEqual(['dns-rebinding-protection: localhost-host-rebinding-rejected']);
    expect(replayed.failed).toEqual([]);
    for (const { scenarios, passed } of [through, replayed]) {
      expect(scenarios).toBe(32);
      expect(passed).toBeGreaterThanOrEqual(43);
    }
    expect(notes).toEqual([]);
    expect([...gateway.factsOf('problem'), ...gateway.factsOf('upstream_error')]).toEqual([]);
  },
);

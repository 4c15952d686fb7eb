/**
 * Makes docs/compatibility.md: sessions of versions of the real Claude Code under versions of Node, one after the other. Cells that this
 * version of claude-trace has played already are kept in the cache, so that it can be ended and started again.
 *
 * usage: npm run compat -- [--claude 2.1.333]... [--node 22]... [--again] [--list]
 *        npm run compat -- --sessions 100 [--claude 2.1.333]     plays this many sessions in a row, and checks what they leave behind
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { describeError } from '../../src/base/error-text.js';
import { VERSION } from '../../src/settings/version.js';
import { type Cell, FEATURES } from './cell.js';
import { installNode } from './install-node.js';
import { chosenVersions, compatibilityPage, shortReason } from './page.js';
import { playSessions } from './sessions.js';

const NODES = [20, 22, 24, 26];
const PLAY = fileURLToPath(new URL('./play.ts', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));
/** A busy machine takes a minute; the first session of a version downloads it. */
const PATIENCE_MS = 600_000;

const { values } = parseArgs({
  options: {
    claude: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
    again: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    sessions: { type: 'string' },
  },
});
const results = resolve(process.env.CLAUDE_TRACE_TEST_CACHE ?? '.cache', `compatibility-${VERSION}.json`);
const { stdout } = await execa('npm', ['view', '@anthropic-ai/claude-code', 'versions', '--json']);
const versions = chosenVersions(JSON.parse(stdout));
const cells: Cell[] = readCells();
let faults = 0;

if (values.list) console.log(versions.join('\n'));
else if (values.sessions !== undefined) {
  const found = await playSessions(values.claude?.[0] ?? versions.at(-1) ?? '', Number(values.sessions));
  for (const fault of found) console.log(`  ${fault}`);
  console.log(`${found.length} faults`);
  process.exitCode = found.length > 0 ? 1 : 0;
} else {
  for (const claude of values.claude ?? versions) {
    for (const node of values.node?.map(Number) ?? NODES) {
      const place = cells.findIndex((cell) => cell.claude === claude && cell.node.startsWith(`v${node}.`));
      if (place !== -1 && !values.again) continue;
      const cell = await play(claude, node);
      if (place === -1) cells.push(cell);
      else cells[place] = cell;
      keep();
      report(cell);
    }
  }
  keep();
  console.log(`${cells.length} of ${versions.length * NODES.length} cells have been played; see docs/compatibility.md`);
  process.exitCode = faults > 0 ? 1 : 0;
}

/** A session that cannot be played at all is a cell in which nothing works. */
async function play(claude: string, node: number): Promise<Cell> {
  try {
    const program = await installNode(node);
    const { stdout } = await execa(program, ['--import', 'tsx', PLAY, claude], { timeout: PATIENCE_MS });
    return JSON.parse(stdout);
  } catch (error) {
    const reason = describeError(error);
    const faults = { capture: reason, sources: reason, MCP: reason, 'split pane': reason };
    const found = { unable: null, faults, requests: 0, unmatched: 0, novelties: [] };
    return { claude, program: 'native', node: `v${node}.`, ...found };
  }
}

function report({ claude, node, unable, faults: found, requests, unmatched, novelties }: Cell): void {
  const reasons = FEATURES.flatMap((feature) =>
    found[feature] === null ? [] : [`${feature}: ${shortReason(found[feature] ?? '')}`],
  );
  const strange = novelties.map(({ kind, name }) => `unknown ${kind} ${name}`);
  faults += reasons.length;
  const share = `${(unmatched * 100).toFixed(2)} % unknown text`;
  const result = unable === null ? (reasons.length === 0 ? 'ok' : 'FAIL') : `also without claude-trace: ${unable}`;
  console.log(`${claude} on Node ${node}: ${result}, ${requests} requests, ${share}`);
  for (const line of [...reasons, ...strange]) console.log(`  ${line}`);
}

function readCells(): Cell[] {
  try {
    return JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return [];
  }
}

function keep(): void {
  mkdirSync(dirname(results), { recursive: true });
  writeFileSync(results, JSON.stringify(cells));
  const platform = `${process.platform} ${process.arch}`;
  const page = compatibilityPage({ versions, nodes: NODES, cells, tracer: VERSION, platform, at: new Date() });
  writeFileSync(PAGE, page);
}

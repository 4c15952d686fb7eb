/**
 * Side by side on loopback, in one interleaved run: what claude-trace costs, beside a direct connection, a blind tunnel and two
 * other proxies.
 *
 * usage: npm run bench -- [paced | start | curve | attribution | history | panel | api | mcp | gateway | replay | rules | auth | import | tapes] [--quick] [--json FILE]
 *
 * options, workloads    how long, and which traffic
 * upstream              the server, a process (start-upstream, certificate: whom it is trusted by)
 * load-client, load/    the client, a process for each contestant
 * targets/              the contestants, a file each; peers/ the programs of those that are not ours
 * contestants, rounds   who takes part, and is measured when
 * start-up              `wrap -- true` against `true`
 * claude-start          the real Claude Code at a terminal, alone and wrapped; only when it is named
 * curve                 the cost of recording a request as its conversation grows; only when it is named
 * summary, verdicts     medians and ratios (bootstrap: how sure); the targets
 * report                words and the table
 * paced/                delays that a person notices at Claude's pace, beside mitmproxy; only when it is named
 * attribution           what taking a request apart costs, and token figures beside the truth (-texts, -report)
 * panel/                what the terminal UI costs: echo, frames, memory, the proxy's p99 beside it, `tui` (panel.ts joins them)
 * api/                  what the HTTP API costs who asks it, and the proxy beside it (api.ts joins them)
 * mcp/                  what recording a stdio MCP server costs, beside direct and two gateways (mcp.ts joins them)
 * gateway/              the gateway beside supergateway and mcp-proxy, and with many sessions
 * replay                whether a recorded server keeps its times, and what a large tape costs
 * rules                 what rules cost for each message, beside parsing it
 * auth                  what authentication costs a request to the gateway
 * import                what importing transcripts costs; only when it is named
 * tapes                 what a tape of a million frames and one of 2 GB cost; only when it is named
 * history               what thousands of requests cost to keep and to ask (-questions, -peer, -report)
 *
 * A missed target is reported, and is not a failure: a benchmark is not a test.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiBench, measureApi } from './api/api.js';
import { describeApi } from './api/report.js';
import { type AttributionBench, measureAttribution } from './attribution.js';
import { describeAttribution } from './attribution-report.js';
import { type AuthBench, describeAuth, measureAuth } from './auth.js';
import { bundled } from './bundled.js';
import { type ClaudeStart, describeClaudeStart, measureClaudeStart } from './claude-start.js';
import { complaintsOf, startContestants, stopAll } from './contestants.js';
import type { CurvePoint } from './curve.js';
import { type GatewayBench, measureGateway } from './gateway/gateway.js';
import { describeGateway } from './gateway/report.js';
import { type HistoryBench, measureHistory } from './history.js';
import { describeHistory } from './history-report.js';
import { describeImport, type ImportBench, measureImport } from './import.js';
import { type McpBench, measureMcp } from './mcp/mcp.js';
import { describeMcp } from './mcp/report.js';
import { readOptions } from './options.js';
import { measurePaced, type PacedBench } from './paced/paced.js';
import { describePaced } from './paced/report.js';
import { measurePanel, type PanelBench } from './panel/panel.js';
import { describePanel } from './panel/report.js';
import { describeReplay, measureReplay, type ReplayBench } from './replay.js';
import { describe, type Report } from './report.js';
import { playRounds } from './rounds.js';
import { describeRulesBench, measureRules, type RulesBench } from './rules.js';
import { measureStartUp } from './start-up.js';
import { startUpstream } from './start-upstream.js';
import { spreadOf, summarize } from './summary.js';
import { describeTapes, measureTapes, type TapesBench } from './tapes.js';
import { CLAUDE_TRACE, CONTESTANTS } from './targets/index.js';
import { judge } from './verdicts.js';

const options = readOptions(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'claude-trace-bench-'));
try {
  const { only } = options;
  const report = {
    ...(only === null ? await measureTraffic() : {}),
    ...(only === 'paced' ? { paced: await describedPaced() } : {}),
    ...(only === null || only === 'attribution' ? { attribution: describedAttribution() } : {}),
    ...(only === null || only === 'history' ? { history: describedHistory() } : {}),
    ...(only === null || only === 'panel' ? { panel: await describedPanel() } : {}),
    ...(only === null || only === 'api' ? { api: await describedApi() } : {}),
    ...(only === null || only === 'mcp' ? { mcp: await describedMcp() } : {}),
    ...(only === null || only === 'gateway' ? { gateway: await describedGateway() } : {}),
    ...(only === null || only === 'replay' ? { replay: await describedReplay() } : {}),
    ...(only === null || only === 'rules' ? { rules: describedRules() } : {}),
    ...(only === null || only === 'auth' ? { auth: await describedAuth() } : {}),
    ...(only === 'start' ? { start: await describedStart() } : {}),
    ...(only === 'curve' ? { curve: await describedCurve() } : {}),
    ...(only === 'import' ? { import: await describedImport() } : {}),
    ...(only === 'tapes' ? { tapes: await describedTapes() } : {}),
  };
  if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureTraffic() {
  const report = await run();
  console.log(describe(report));
  return report;
}

async function describedPaced(): Promise<PacedBench> {
  const paced = await measurePaced(folderOf('paced'), leastEnv(), options.paced);
  console.log(describePaced(paced));
  return paced;
}

function describedAttribution(): AttributionBench {
  const attribution = measureAttribution();
  console.log(`\n${describeAttribution(attribution)}`);
  return attribution;
}

function describedHistory(): HistoryBench {
  const history = measureHistory(folderOf('history'), options.history);
  console.log(`\n${describeHistory(history)}`);
  return history;
}

async function describedPanel(): Promise<PanelBench> {
  const panel = await measurePanel(folderOf('panel'), leastEnv(), options.panel);
  console.log(`\n${describePanel(panel)}`);
  return panel;
}

async function describedApi(): Promise<ApiBench> {
  const api = await measureApi(folderOf('api'), leastEnv(), options.api);
  console.log(`\n${describeApi(api)}`);
  return api;
}

async function describedMcp(): Promise<McpBench> {
  const mcp = await measureMcp(folderOf('mcp'), leastEnv(), options.mcp);
  console.log(`\n${describeMcp(mcp)}`);
  return mcp;
}

async function describedGateway(): Promise<GatewayBench> {
  const gateway = await measureGateway(folderOf('gateway'), leastEnv(), options.gateway);
  console.log(`\n${describeGateway(gateway)}`);
  return gateway;
}

async function describedReplay(): Promise<ReplayBench> {
  const replay = await measureReplay(folderOf('replay'), options.replay);
  console.log(`\n${describeReplay(replay)}`);
  return replay;
}

function describedRules(): RulesBench {
  const rules = measureRules(options.rules);
  console.log(`\n${describeRulesBench(rules)}`);
  return rules;
}

async function describedAuth(): Promise<AuthBench> {
  const auth = await measureAuth(options.auth);
  console.log(`\n${describeAuth(auth)}`);
  return auth;
}

async function describedStart(): Promise<ClaudeStart[] | null> {
  const starts = await measureClaudeStart(folderOf('start'), options.start);
  console.log(`\n${describeClaudeStart(starts)}`);
  return starts;
}

async function describedCurve(): Promise<CurvePoint[]> {
  const { measureCurve, describeCurve }: typeof import('./curve.js') = await import(await bundled('curve'));
  const curve = measureCurve(folderOf('curve'), options.curve);
  console.log(`\n${describeCurve(curve)}`);
  return curve;
}

async function describedImport(): Promise<ImportBench> {
  const imported = await measureImport(folderOf('import'), options.import);
  console.log(`\n${describeImport(imported)}`);
  return imported;
}

async function describedTapes(): Promise<TapesBench> {
  const tapes = await measureTapes(folderOf('tapes'), options.tapes);
  console.log(`\n${describeTapes(tapes)}`);
  return tapes;
}

/** Nothing of the caller's proxies, authorities or Claude settings. */
function leastEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: folderOf('home') };
}

async function run(): Promise<Report> {
  const env = leastEnv();
  const startUp = measureStartUp({ env, folder: folderOf('start-up') }, options.startUps);

  const { server, caFile, upstream } = await startUpstream(folder, env);
  const { entries, leftOut } = await startContestants(CONTESTANTS, { env, caFile, upstream }, folder);
  const { results, failed } = await playRounds(entries, options.rounds, options.maxSeconds);
  const rows = summarize(results);
  const endings = await stopAll(entries, server);
  const own = endings.get(CLAUDE_TRACE) ?? null;
  return {
    node: process.version,
    cpus: availableParallelism(),
    rounds: options.rounds,
    rows,
    capture: own?.capture ?? null,
    startUp,
    leftOut: { ...leftOut, ...failed },
    spread: spreadOf(results),
    complaints: complaintsOf(endings),
    verdicts: judge(rows, own, startUp),
  };
}

function folderOf(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

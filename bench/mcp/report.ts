import { difference } from '../numbers.js';
import type { CallRow } from './in-turns.js';
import type { McpBench } from './mcp.js';
import { fixed, line, verdict } from './report-lines.js';

const MAX_ADDED_P50_MS = 0.1;
const MIN_SHARE_OF_CALLS = 0.5;
const MAX_ADDED_START_MS = 80;
const MAX_MEGABYTES = 12;
const MAX_ADDED_SECONDS = 0.5;

export function describeMcp(bench: McpBench): string {
  const { rounds, rows, startMs, leftOut } = bench;
  return [
    `MCP server over stdio, ${rounds} rounds in turns; supergateway and mcp-proxy serve it over Streamable HTTP; claude-trace stores every message`,
    line('', 'p50 ms', 'calls/s'),
    ...rows.map(({ name, p50Ms, callsPerSecond }) => line(name, fixed(p50Ms, 3), fixed(callsPerSecond, 0))),
    ...Object.entries(leftOut).map(([name, why]) => `${name} did not take part: ${why}`),
    `first answer of a server, ms: direct ${fixed(startMs.direct, 0)}, through the shim ${fixed(startMs.shim, 0)}`,
    '',
    ...verdicts(bench),
  ].join('\n');
}

function verdicts({ rows, startMs, shimMegabytes, claude }: McpBench): string[] {
  const of = (name: string): CallRow | undefined => rows.find((row) => row.name === name);
  const [direct, own] = [of('direct'), of('claude-trace')];
  const added = difference(own?.p50Ms, direct?.p50Ms);
  const share = own?.callsPerSecond && direct?.callsPerSecond ? own.callsPerSecond / direct.callsPerSecond : null;
  return [
    verdict(`adds at most ${MAX_ADDED_P50_MS} ms p50`, added, 3, (value) => value <= MAX_ADDED_P50_MS),
    verdict(
      `at least ${MIN_SHARE_OF_CALLS} of direct's calls a second`,
      share,
      2,
      (value) => value >= MIN_SHARE_OF_CALLS,
    ),
    verdict(
      `a server starts at most ${MAX_ADDED_START_MS} ms later`,
      startMs.added,
      0,
      (value) => value <= MAX_ADDED_START_MS,
    ),
    verdict(`at most ${MAX_MEGABYTES} MB (PSS) a shim, of eight`, shimMegabytes, 1, (value) => value <= MAX_MEGABYTES),
    verdict(
      `eight servers: wrap --mcp takes at most ${MAX_ADDED_SECONDS} s more than wrap, of claude -p`,
      claude?.added ?? null,
      2,
      (value) => value <= MAX_ADDED_SECONDS,
    ),
  ];
}

import { besidePanel } from '../targets/beside-panel.js';
import type { Capture } from '../targets/contestant.js';
import { type Verdict, verdict } from '../verdicts.js';
import type { Figure, PacedRow, ThousandRow } from './rows.js';

const MAX_FIRST_BYTE = 1 / 3;
const MAX_EVENT = 1 / 2;
const MAX_THOUSAND = 3;

/** What the product promises, with the panel drawn and attribution running. */
export function judgePaced(
  rows: readonly PacedRow[],
  thousand: readonly ThousandRow[],
  capture: Capture | null,
): Verdict[] {
  const own = rows.find(({ contestant }) => contestant === besidePanel.name);
  const ratio = thousand.find(({ contestant }) => contestant === besidePanel.name)?.p99Ratio ?? null;
  return [
    ofMitmproxy('first byte, p50', own?.firstByteP50, MAX_FIRST_BYTE),
    ofMitmproxy('first byte, p95', own?.firstByteP95, MAX_FIRST_BYTE),
    ofMitmproxy('event, p99', own?.eventP99, MAX_EVENT),
    {
      target: `1,000 connections: p99 at most ${MAX_THOUSAND} x direct's`,
      ...verdict(
        ratio,
        (value) => `${value.toFixed(2)} x`,
        (value) => value <= MAX_THOUSAND,
      ),
    },
    {
      target: 'every request stored and attributed',
      ...verdict(
        capture && capture.attributed / capture.sent,
        () => `${capture?.attributed} of ${capture?.sent}, ${capture?.cutBodies} bodies cut`,
        () => capture?.attributed === capture?.sent && capture?.cutBodies === 0,
      ),
    },
  ];
}

function ofMitmproxy(what: string, figure: Figure | undefined, max: number): Verdict {
  const range = figure?.range?.map((value) => value.toFixed(2)).join(' to ') ?? 'unknown';
  return {
    target: `${what}: adds at most ${max.toFixed(2)} of what mitmproxy adds`,
    ...verdict(
      figure?.ofMitmproxy ?? null,
      (value) => `${value.toFixed(2)} (nine of ten runs: ${range})`,
      (value) => value <= max,
    ),
  };
}

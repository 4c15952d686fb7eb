import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRecord } from '../base/json.js';
import { replacePrivately } from './private-file.js';

/** Where the panel is: beside the command, below it, or in a pane of tmux. */
const PANEL_PLACES = ['beside', 'below', 'tmux'] as const;
type PanelPlace = (typeof PANEL_PLACES)[number];

/** The panel's share of the terminal's columns, or rows below the command, as the user last chose it. */
export type PanelShares = Partial<Readonly<Record<PanelPlace, number>>>;

/** Other values were not chosen, or make no sense. */
const MIN = 0.05;
const MAX = 0.95;

/** What was chosen so far; empty where the file is missing or damaged. */
export function readPanelShares(file: string): PanelShares {
  try {
    const raw: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isRecord(raw)) return {};
    return Object.fromEntries(
      PANEL_PLACES.flatMap((place) => {
        const share = raw[place];
        return typeof share === 'number' && isShare(share) ? [[place, share]] : [];
      }),
    );
  } catch {
    return {};
  }
}

/** Adds a choice to those in the file. If that fails, the panel has its usual size next time. */
export function rememberPanelShare(file: string, place: PanelPlace, share: number): void {
  if (!isShare(share)) return;
  const rounded = Math.round(share * 1_000) / 1_000;
  try {
    // In the first run, nothing else may have created it yet.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    replacePrivately(file, `${JSON.stringify({ ...readPanelShares(file), [place]: rounded })}\n`);
  } catch {
    // The folder is not writable, or the disk is full.
  }
}

function isShare(share: number): boolean {
  return share >= MIN && share <= MAX;
}

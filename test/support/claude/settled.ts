import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRecord } from '../../../src/base/json.js';
import { FAKE_KEY } from './run.js';

/** Makes a HOME that of somebody who has used Claude Code before: it asks nothing when it starts at a terminal. */
export async function settleIn(home: string, cwd: string): Promise<void> {
  const file = join(home, '.claude.json');
  const known = parseRecord(await readFile(file, 'utf8').catch(() => '{}')) ?? {};
  const settled = {
    ...known,
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [FAKE_KEY.slice(-20)], rejected: [] },
    projects: { [cwd]: { allowedTools: [], hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
  await writeFile(file, JSON.stringify(settled));
}

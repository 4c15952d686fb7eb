import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findCommand } from '../../../src/tui/split/child/find-command.js';
import type { RunningProgram } from '../product/program.js';
import type { Sandbox } from '../product.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Names of this domain resolve to 127.0.0.1, like a rebound name. */
export const EVIL = 'evil.example';

/** The path of a Chromium on this machine, or null. */
export function findChromium(): string | null {
  const found = NAMES.map((name) => findCommand(name, process.env, process.cwd()));
  return found.find((each) => 'file' in each)?.file ?? null;
}

/** Opens a page in a new profile, as if its address was typed. The browser ends with the test. */
export function browse(sandbox: Sandbox, chromium: string, url: string, ...options: string[]): RunningProgram {
  const browser = sandbox.startOther([
    chromium,
    '--headless=new',
    // Chromium's own sandbox does not run as root; its pages are ours.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    `--user-data-dir=${join(sandbox.tmp, 'chromium')}`,
    `--host-resolver-rules=MAP ${EVIL} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost`,
    ...options,
    url,
  ]);
  onTestFinished(async () => {
    browser.process.kill('SIGTERM');
    await browser.ended;
  });
  return browser;
}

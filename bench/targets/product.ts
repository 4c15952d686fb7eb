import { join } from 'node:path';
import { fromBench, type LineProcess } from '../child-process.js';
import { startClient } from './client.js';
import type { Arena } from './contestant.js';

const PRODUCT = fromBench('../dist/cli/main.js');

/** `claude-trace`, as words. */
export const PRODUCT_WORDS = [process.execPath, PRODUCT];

/** `claude-trace wrap --quiet --`, as words: without a terminal no panel. */
export const WRAP = [process.execPath, PRODUCT, 'wrap', '--quiet', '--'];

/** Beside the panel, without the words that start Node.js. */
export const WRAP_SPLIT = [PRODUCT, 'wrap', '--quiet', '--layout', 'split', '--'];

export const TUI = [...PRODUCT_WORDS, 'tui'];

export const databaseIn = (folder: string) => join(folder, 'data', 'trace.db');

/** The product's environment: a data folder and a configuration of its own. */
export function productEnv({ env, folder }: Pick<Arena, 'env' | 'folder'>): Record<string, string> {
  return {
    ...env,
    CLAUDE_TRACE_DATA_DIR: join(folder, 'data'),
    CLAUDE_TRACE_CONFIG: join(folder, 'config.json'),
  };
}

/** The client as the wrapped command of the product, which trusts the upstream by the settings that any user has. */
export function startWrappedClient(arena: Arena, env: Record<string, string>): LineProcess {
  return startClient(arena, { ...trustingEnv(arena), ...env }, WRAP);
}

export function trustingEnv(arena: Arena): Record<string, string> {
  return { ...productEnv(arena), NODE_EXTRA_CA_CERTS: arena.caFile };
}

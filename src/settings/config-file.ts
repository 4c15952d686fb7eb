import { type Config, DEFAULT_CONFIG } from './config.js';
import { readRaw } from './raw-config.js';

/**
 * Loads the configuration. Without a file the schema library is not loaded, which takes a tenth of the time in which `wrap`
 * starts.
 * @throws UsageError naming the file, the key and what was expected
 */
export async function loadConfig(file: string): Promise<Config> {
  const raw = await readRaw(file);
  if (Object.keys(raw).length === 0) return DEFAULT_CONFIG;
  const { parseConfig } = await import('./config-schema.js');
  return parseConfig(raw, file);
}

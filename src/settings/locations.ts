import { fileURLToPath } from 'node:url';

/**
 * Where our own files are, relative to this one. Everything that is bundled with it lands in dist/cli/, which stands as deep
 * as src/cli/ (scripts/build.mjs), so these hold before and after bundling; no other file of src/cli asks for its own URL.
 */
export const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
export const TRAFFIC_THREAD = new URL('../runtime/threads/traffic.js', import.meta.url);
export const RECORDER_THREAD = new URL('../runtime/threads/recorder.js', import.meta.url);
export const API_THREAD = new URL('../runtime/threads/api.js', import.meta.url);
export const DEMO_CLIENT = fileURLToPath(new URL('../demo/played/client.js', import.meta.url));
export const DEMO_MCP_SERVER = fileURLToPath(new URL('../demo/claude/tickets-server.js', import.meta.url));
export const MANIFEST = new URL('../../package.json', import.meta.url);

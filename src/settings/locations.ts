import { fileURLToPath } from 'node:url';

/**
 * Our own files, relative to this one. It is bundled into dist/cli/, which is as deep as this folder (scripts/build.mjs), so
 * the paths hold before and after bundling. No other bundled file asks for its own URL.
 */
export const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
export const TRAFFIC_THREAD = new URL('../runtime/threads/traffic.js', import.meta.url);
export const RECORDER_THREAD = new URL('../runtime/threads/recorder.js', import.meta.url);
export const API_THREAD = new URL('../runtime/threads/api.js', import.meta.url);
export const TELEMETRY_THREAD = new URL('../runtime/threads/telemetry.js', import.meta.url);
/** Built as it is: only from the build is it a program without dependencies. */
export const MCP_SHIM = fileURLToPath(new URL('../mcp/shim/main.cjs', import.meta.url));
/** The program that answers from tapes. Built as it is: only from the build is it a program without dependencies. */
export const MCP_REPLAY = fileURLToPath(new URL('../mcp/replay/main.cjs', import.meta.url));
/** The shim with rules, and what they need. */
export const MCP_RULED_SHIM = fileURLToPath(new URL('../mcp/shim/ruled.cjs', import.meta.url));
export const DEMO_CLIENT = fileURLToPath(new URL('../demo/played/client.js', import.meta.url));
export const DEMO_MCP_SERVER = fileURLToPath(new URL('../demo/claude/tickets-server.js', import.meta.url));
export const MANIFEST = new URL('../../package.json', import.meta.url);

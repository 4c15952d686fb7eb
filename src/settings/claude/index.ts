/**
 * Claude Code's own settings, read and never written.
 *
 * effective       all places put together, in Claude Code's order: what wins, and where it comes from
 * ├ places        files of user, project and organization, on every platform
 * ├ command-line  `--settings` and `--setting-sources`
 * └ read-settings one place, whatever it holds
 */
export { type ClaudeSettings, describeOrigin, type EnvSetting, readClaudeSettings } from './effective.js';
export type { Origin } from './places.js';

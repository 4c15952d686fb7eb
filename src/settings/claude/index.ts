/**
 * Claude Code's own settings, read and never written.
 *
 * effective       all places joined in Claude Code's order: the value that wins, and where it comes from
 * ├ places        files of user, project and organization, on every platform
 * ├ command-line  `--settings` and `--setting-sources`
 * └ read-settings one file or text
 */

export { type ClaudeSettings, describeOrigin, readClaudeSettings } from './effective.js';
export { claudeFolder } from './places.js';

/**
 * Claude Code's own settings: read, and changed only when the user asks for it (`suggest --apply`).
 *
 * effective       all places joined in Claude Code's order: the value that wins, and where it comes from
 * ├ project       folders above, and the one that Claude Code knows the project by
 * ├ places        files of user, project and organization, on every platform
 * ├ command-line  `--settings` and `--setting-sources`
 * └ read-settings one file or text
 * configured      servers, skills and agents that files of the user and of projects configure
 * settings-text   entries joined to the text of a file; json-text keeps its formatting
 * replace-file    the file replaced in one step
 * backups         what was there before
 */
export { keepInBackup, lastBackup, restoreBackup, saveBackup } from './backups.js';
export { readSettingsOptions } from './command-line.js';
export { readConfigured } from './configured.js';
export { type ClaudeSettings, describeOrigin, type PlacedSettings, readClaudeSettings } from './effective.js';
export { claudeFolder, managedFolders, userPlaces } from './places.js';
export { foldersUp, gitRoot, projectFolder } from './project.js';
export { parseSettings, type ReadSettings, readSettingsFile } from './read-settings.js';
export { type FileChange, readText, replaceFile, SettingsFileError } from './replace-file.js';
export { SettingsTextError, withEntries } from './settings-text.js';

import type { Action, Caveat, Condition, Setting, Untried } from '../../../advice/index.js';
import { settingsObject } from '../../../model/settings-entry.js';

/** Exactly what to type or to write, except for `…`. */
export function settingText({ action }: Setting): string {
  switch (action.in) {
    case 'settings':
      return Object.entries(settingsObject(action.entries))
        .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
        .join(', ');
    case 'shell':
    case 'session':
      return action.command;
    case 'hooks':
      return `"hooks": {${JSON.stringify(action.event)}: […]}`;
  }
}

const PLACES: Readonly<Record<Action['in'], string>> = {
  settings: '.claude/settings.local.json, or ~/.claude/settings.json for all projects',
  shell: 'a shell, in the project',
  session: 'a session in the project',
  hooks: 'the settings.json or plugin that defines it',
};

const CONDITIONS: Readonly<Record<Condition, string>> = {
  added_by_command: 'if it was added with claude mcp add',
  in_mcp_json: 'if it is in .mcp.json',
  wherever_configured: 'wherever it is configured',
  this_project_only: 'to disable it in this project only',
  server_of_plugin_only: 'to disable only this server of the plugin, in this project',
  prefix_is_plugin: 'if the part before the colon is a plugin',
  prefix_is_folder: 'if the part before the colon is a folder of .claude/commands; skills of plugins stay listed',
  hooks_removed_or_shortened: 'to remove it, or to make it print less',
};

const CAVEATS: Readonly<Record<Caveat, string>> = {
  server_spelling: 'use the spelling of claude mcp list, if it has other characters than _',
  rest_of_plugin_stays: 'the rest of the plugin stays enabled',
  writes_claude_json: 'this writes disabledMcpServers of the project to ~/.claude.json, which is what was tried',
  whole_plugin: 'disables the whole plugin, including its commands and hooks',
  typed_skills_still_work: '/<name> still works; "off" also disables that',
  imports_excluded: 'also excludes files that it imports with @; a shorter file is often better than none',
  no_notes_of_its_own: 'Claude then neither reads nor writes notes of its own',
  all_hooks_were_tried: '"disableAllHooks": true disables all hooks, and is what was tried',
  results_truncated: 'longer results are truncated; the default is 25000',
  not_with_base_url: 'with ANTHROPIC_BASE_URL set, Claude Code loads all definitions',
};

/** Where a setting belongs, what else it does, and the versions it was tried with. */
export function describeSetting({ action, condition, caveat, verified }: Setting): string {
  const parts = [
    `in ${PLACES[action.in]}`,
    ...(condition === null ? [] : [CONDITIONS[condition]]),
    ...(caveat === null ? [] : [CAVEATS[caveat]]),
  ];
  return `${parts.join('; ')}; tried with ${verified.join(', ')}.`;
}

/** Why there is no setting, as a sentence. */
export function describeUntried(untried: Untried): string {
  switch (untried.reason) {
    case 'odd_name':
      return 'Its name has characters that no setting allows.';
    case 'claude_ai_connector':
      return 'No setting was tried with connectors of claude.ai.';
    case 'managed_file':
      return 'The file is managed by your organization, and no setting excludes it.';
    case 'unknown_version':
      return 'The requests do not say which version of Claude Code sent them, so no setting is known to work.';
    case 'other_version':
      return `No setting was tried with Claude Code ${untried.version}, only with ${untried.oldest} to ${untried.newest}.`;
    case 'not_tried':
      return untried.methods.length === 0
        ? `No setting for this was tried with Claude Code ${untried.version}.`
        : `${untried.methods.join(' and ')} does not work for this in Claude Code ${untried.version}, or was not tried with it.`;
    case 'tools_not_tried': {
      const claudeCode = untried.version === null ? 'Claude Code' : `Claude Code ${untried.version}`;
      return `It was not tried whether ${claudeCode} works without ${untried.tools.join(', ')}.`;
    }
  }
}

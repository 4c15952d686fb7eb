import type { Source } from '../../../src/model/source.js';
import { MARKERS, type Marker } from './markers.js';
import type { Project } from './project.js';
import type { ClaudeVersion } from './versions.js';

/** The source of the segment that holds each marker, in requests of the main thread and of the subagent. */
export function expectedSources(project: Project): Record<Marker, Source> {
  return {
    prompt: 'user',
    userMemory: `memory:${project.memory.user}`,
    projectMemory: `memory:${project.memory.project}`,
    importedMemory: `memory:${project.memory.imported}`,
    atlasInstructions: 'mcp:atlas',
    atlasDefinition: 'mcp:atlas',
    atlasResult: 'mcp:atlas',
    ledgerInstructions: 'mcp:ledger',
    ledgerDefinition: 'mcp:ledger',
    ledgerFailure: 'mcp:ledger',
    skillListing: 'skill:tidy',
    skillBody: 'skill:tidy',
    agentListing: 'agent:scout',
    agentSystem: 'agent:scout',
    agentTask: 'agent:scout',
    agentAnswer: 'agent:scout',
    commandBody: 'command:greet',
    commandArgument: 'command:greet',
    sessionStartHook: 'hook:SessionStart',
    promptHook: 'hook:UserPromptSubmit',
    preToolHook: 'hook:PreToolUse',
    postToolHook: 'hook:PostToolUse',
    readFile: 'tool:Read',
    bashOutput: 'tool:Bash',
    thinking: 'assistant',
    reply: 'assistant',
  };
}

/** The markers that the requests of a session carry: not those of the command, and not the last reply. */
export function markersOf(version: ClaudeVersion): Marker[] {
  const absent: Marker[] = ['commandBody', 'commandArgument', 'reply'];
  // 2.0.30 runs PreToolUse hooks, but has no additional context from them.
  if (version === '2.0.30') absent.push('preToolHook');
  return (Object.keys(MARKERS) as Marker[]).filter((marker) => !absent.includes(marker));
}

import { isRecord, type JsonRecord, stringOr } from '../../../base/json.js';
import { RecentMap } from '../../../base/recent-map.js';
import type { ThreadContext } from '../../../model/segment.js';
import { messagesOf, textsOf } from '../../segments/body-parts.js';
import { isReminderBlock } from '../../segments/reminder-tags.js';
import { isWorkflowAgent } from '../../segments/subagent.js';
import { skillFolder, withoutLead } from '../../segments/task-text.js';
import { agentName, callLabel, isAgentTool } from '../../segments/tool-source.js';

/** The call that started an agent. */
export interface Task {
  agent: NonNullable<ThreadContext['agent']>;
  /** `tool_use` id; null when the block has none, and when the user started the agent. */
  callId: string | null;
}

/** The calls of a session that start agents: an agent's own request is recognized by their prompts. */
export interface AgentTasks {
  learn(block: JsonRecord): void;
  /**
   * The task that opens a conversation, behind reminders.
   * @param subagent whether the request is known to be a subagent's
   */
  find(body: unknown, subagent: boolean): Task | undefined;
}

const MAX_TASKS = 500;

export function createAgentTasks(): AgentTasks {
  const byPrompt = new RecentMap<string, Task>(MAX_TASKS);
  /** Ids of the calls of skills by the skill's name: the task of a forked skill is its own text. */
  const skills = new RecentMap<string, string | null>(MAX_TASKS);
  let workflow: string | null = null;

  const findSkill = (folder: string): Task => {
    const name = skills
      .entries()
      .map(([called]) => called)
      .findLast((called) => called === folder || called.endsWith(`:${folder}`));
    const agent = { name: name ?? folder, prompt: null, source: `skill:${name ?? folder}` };
    return { agent, callId: name === undefined ? null : (skills.get(name) ?? null) };
  };

  return {
    learn({ type, name, input, id }) {
      if (type !== 'tool_use' || !isRecord(input)) return;
      const callId = stringOr(id, null);
      if (name === 'Workflow') workflow = callId;
      if (name === 'Skill') skills.set(callLabel(name, input, new Set()).source.replace('skill:', ''), callId);
      if (!isAgentTool(name) || typeof input.prompt !== 'string' || input.prompt.trim() === '') return;
      const prompt = input.prompt.trim();
      byPrompt.set(prompt, { agent: { name: agentName(input), prompt }, callId });
    },

    find(body, subagent) {
      let isFirst = true;
      for (const text of openingTexts(body)) {
        const task = byPrompt.get(withoutLead(text));
        if (task !== undefined) return task;
        if (isReminderBlock(text)) continue;
        const folder = subagent && isFirst ? skillFolder(text) : null;
        if (folder !== null) return findSkill(folder);
        isFirst = false;
      }
      if (!isWorkflowAgent(body)) return undefined;
      return { agent: { name: 'workflow', prompt: null, source: 'tool:Workflow' }, callId: workflow };
    },
  };
}

function* openingTexts(body: unknown): Generator<string> {
  for (const message of messagesOf(body)) {
    if (!isRecord(message) || message.role === 'assistant') return;
    if (message.role === 'user') yield* textsOf(message.content);
  }
}

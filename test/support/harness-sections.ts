import fc from 'fast-check';

/** Paragraphs as the harness writes them in one `role: system` message, in any order. Only their openings are Claude Code's. */
export const SECTIONS: readonly string[] = [
  '# Environment\n - Primary working directory: /zoft\n - Platform: quorn',
  'The following deferred tools are now available via ToolSearch:\nMonitor\nmcp__mellip__find',
  'The following deferred tools are no longer available:\nmcp__mellip__find',
  'The following MCP servers have disconnected:\nmellip',
  'Available agent types for the Agent tool:\n- brindle: Looks. (Tools: *)\n- zoft: Digs. (Tools: All tools)',
  'The following skills are available for use with the Skill tool:\n\n- brindle: Cleans.\n- zoft:tidy: Sweeps.',
  '# MCP Server Instructions\n\nThe following MCP servers have provided instructions:\n\n## mellip\nAsk twice.\n\n## tavish\nAsk once.',
  'SessionStart:startup hook success: brindle',
  'PostToolUse:Read hook additional context: zoft\n\n# Why\n\nquorn\n\n- one: two',
  'Contents of /zoft/CLAUDE.md:\n\n# Notes\n\nbrindle\n\n- one: two',
  'While auto mode is active:\n\nYou can do much of your work through quorn.',
  '## Exited Plan Mode\n\nYou have exited plan mode.',
  "The user hasn't heard from you in a while.",
  'The user selected the lines 1 to 3 from /zoft/a.txt:\n# Targets\n- deploy: ship\n\n- rollback: undo\n\nThis may or may not be related to brindle.',
  '<new-diagnostics>The following new diagnostic issues were detected:\n\na.txt:\n  [Line 1:1] quorn\n\nzoft</new-diagnostics>',
  'Full contents of resource:\nbrindle\n\nzoft\nDo NOT read this resource again',
  'Note: /zoft/CLAUDE.md changed on disk since you last read it:\n1\tbrindle\n2\tzoft',
  'The user @-mentioned /zoft/big.txt (400KB). Its contents were not attached.',
  'Note: /zoft/brindle.md is not shown exactly as it is on disk. A tag in it is quorn.',
  'The following skills were invoked EARLIER in this session\n\n### Skill: brindle\nPath: user:brindle\n\n# One\n\nzoft',
  '<total_tokens>15 tokens left</total_tokens>',
  "Today's date is never.",
];

const paragraphs = fc.shuffledSubarray([...SECTIONS], { minLength: 1, maxLength: 6 });
const TOOLS = [{ name: 'Read' }, { name: 'mcp__mellip__find' }, { name: 'mcp__tavish__find' }];

/** A request whose harness text is without tags (newer models), or has each section in its own tags (older ones). */
export const harnessBody: fc.Arbitrary<object> = fc
  .tuple(paragraphs, paragraphs, fc.boolean())
  .map(([first, later, bare]) => {
    const call = { type: 'tool_use', id: 'call_1', name: 'Read', input: { file_path: '/zoft/a.txt' } };
    const result = { type: 'tool_result', tool_use_id: 'call_1', content: '1\tone\n2\t\n3\ttwo' };
    const blocks = (sections: readonly string[]) => sections.map((text) => ({ type: 'text', text: tagged(text) }));
    const system = (sections: readonly string[]) => [{ role: 'system', content: sections.join('\n\n') }];
    const user = (content: unknown[]) => ({ role: 'user', content });
    return {
      tools: TOOLS,
      messages: [
        user([...(bare ? [] : blocks(first)), { type: 'text', text: 'Look @mellip:doc://one.\n\nPlease.' }]),
        ...(bare ? system(first) : []),
        { role: 'assistant', content: [call] },
        user([result, ...(bare ? [] : blocks(later))]),
        ...(bare ? system(later) : []),
      ],
    };
  });

function tagged(text: string): string {
  return `<system-reminder>\n${text}\n</system-reminder>\n`;
}

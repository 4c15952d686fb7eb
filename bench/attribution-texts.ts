import { base64, cjk, code, prose, seeded } from '../test/support/truth/texts.js';

/** Texts of about this many UTF-8 bytes that are hard for a tokenizer or for text rules: long runs, and nothing but markers. */
export function hostileTexts(bytes: number): Record<string, string> {
  const random = seeded(3);
  const fill = (part: string): string => part.repeat(Math.ceil(bytes / Buffer.byteLength(part)));
  return {
    spaces: fill(' '),
    newlines: fill('\n'),
    'blank lines with spaces': fill('   \n\n'),
    CJK: cjk(random, bytes / 3),
    'one CJK character': fill('漢'),
    base64: base64(random, (bytes * 3) / 4),
    'one letter': fill('a'),
    'one line': prose(random, bytes / 7).replaceAll('\n', ' '),
    prose: prose(random, bytes / 7),
    code: code(random, bytes / 45),
    emoji: fill('👩‍👩‍👧‍👦'),
    'combining marks': fill('e\u0301\u0301\u0301'),
    punctuation: fill('!?#$%&'),
    digits: fill('1234567890'),
    'opening tags': fill('<system-reminder>\n'),
    'closing tags': fill('</system-reminder>\n'),
    'whole reminders': fill('<system-reminder>\nzoft\n</system-reminder>\n'),
    'reminders of hooks': fill(
      '<system-reminder>\nPostToolUse:Read hook additional context: zoft\n</system-reminder>\n',
    ),
    'memory headings': fill('Contents of /zoft/CLAUDE.md (project instructions):\n\nzoft\n\n'),
    'open memory heading': fill('Contents of /zoft ('),
    'skill listing': `The following skills are available:\n\n${fill('- zoft: brindle\n')}`,
    'tool listing': `The following deferred tools are here:\n${fill('mcp__zoft__brindle\n')}`,
    'server headings': `# MCP Server Instructions\n\n${fill('## zoft\nbrindle\n\n')}`,
    'command tags': fill('<command-name>/zoft</command-name>\n<command-message>zoft</command-message>\n'),
    'open command tags': `<command-message>zoft</command-message>\n${fill('<command-args>')}`,
    'task notifications': fill('<task-notification><tool-use-id>toolu_1'),
    headings: fill('# zoft\n## zoft\n'),
    'short lines': fill('a\n'),
    'short paragraphs': fill('a\n\n'),
  };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { transformSync } from 'esbuild';
import { checkSync } from 'recheck';

/** A regular expression as it is written in a file. */
export interface WrittenRegex {
  file: string;
  pattern: string;
  flags: string;
}

/** Those of all files below a folder. */
export function regexesIn(folder: string): WrittenRegex[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return files.flatMap((name) => {
    const file = join(folder, name);
    const loader = file.endsWith('x') ? 'tsx' : 'ts';
    const { code } = transformSync(readFileSync(file, 'utf8'), { loader, target: 'esnext' });
    const found: WrittenRegex[] = [];
    parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      onToken(token) {
        const value: unknown = Reflect.get(token, 'value');
        if (token.type.label === 'regexp' && isRegexValue(value)) found.push({ file, ...value });
      },
    });
    return found;
  });
}

function isRegexValue(value: unknown): value is { pattern: string; flags: string } {
  return typeof value === 'object' && value !== null && 'pattern' in value && 'flags' in value;
}

/** One line that names it in a list. */
export function nameOf({ pattern, flags }: Pick<WrittenRegex, 'pattern' | 'flags'>): string {
  return `/${pattern}/${flags}`;
}

/**
 * Proves that matching takes time linear in the text (recheck: by the automaton's ambiguity). A sticky expression is tried at
 * one place, so it is proven as anchored there. Null when it is proven, else the fault.
 */
export function proofFault({ pattern, flags }: Pick<WrittenRegex, 'pattern' | 'flags'>): string | null {
  const sticky = flags.includes('y');
  const result = checkSync(sticky ? `^(?:${pattern})` : pattern, flags.replace('y', ''), { timeout: 30_000 });
  if (result.status === 'safe') return null;
  return result.status === 'vulnerable' ? result.complexity.summary : result.error.kind;
}

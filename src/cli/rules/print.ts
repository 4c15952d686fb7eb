import { stringify } from 'yaml';
import { writeOut } from '../../text/output/stdout.js';
import { printJson, printLines } from '../output.js';

/** How a command prints: for people, unless one of these is set. */
export interface Format {
  json: boolean;
  yaml: boolean;
}

export function isForProgram({ json, yaml }: Format): boolean {
  return json || yaml;
}

/** The value for programs; the lines for people. */
export function print(format: Format, value: unknown, lines: () => string[]): Promise<void> {
  return isForProgram(format) ? printData(format, value) : printLines(lines());
}

/** YAML, unless `json` is set. */
export function printData({ json }: { json: boolean }, value: unknown): Promise<void> {
  return json ? printJson(value) : writeOut(yamlOf(value));
}

export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}

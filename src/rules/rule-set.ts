import { UserError } from '../base/errors.js';
import type { Rule } from './file/schema.js';

/** A checked file. Plain data: it may cross threads. */
export interface RuleSet {
  file: string;
  rules: Rule[];
  /** They may use conditions and actions that only the gateway has. */
  forGateway?: boolean;
}

export interface RuleProblem {
  /** Inside the file, such as `rules[0].when.tool.regex`; empty: the whole file. */
  path: string;
  /** From 1; null if unknown. */
  line: number | null;
  column: number | null;
  message: string;
}

const MAX_SHOWN = 20;

/** A file cannot be used. The message names each problem with its place. */
export class FileProblemsError extends UserError {
  override readonly name: string = 'FileProblemsError';
  override readonly exitCode = 2;
  readonly file: string;
  readonly problems: readonly RuleProblem[];

  constructor(file: string, problems: readonly RuleProblem[]) {
    super(describeProblems(file, problems));
    this.file = file;
    this.problems = problems;
  }
}

export class RulesError extends FileProblemsError {
  override readonly name = 'RulesError';
}

/** The first problems, each on a line. */
function describeProblems(file: string, problems: readonly RuleProblem[]): string {
  const shown = problems.slice(0, MAX_SHOWN).map((problem) => describeProblem(file, problem));
  const more = problems.length > MAX_SHOWN ? [`… and ${problems.length - MAX_SHOWN} more`] : [];
  return [...shown, ...more].join('\n');
}

/** As compilers write it: `rules.yaml:3:5: rules[0].then: expected …`. */
export function describeProblem(file: string, { path, line, column, message }: RuleProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return [place, ...(path === '' ? [] : [path]), message].join(': ');
}

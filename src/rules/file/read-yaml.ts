import { LineCounter, parseDocument } from 'yaml';
import { describeError } from '../../base/error-text.js';
import type { RuleProblem } from '../rule-set.js';
import type { Issue } from './issues.js';
import { type Place, positionOf } from './position.js';

/** The content of a file in YAML or JSON. */
export interface YamlFile {
  /** An alias is the same object, so that a short file can have billions of values. */
  value: unknown;
  placeOf(path: Issue['path']): Place;
}

/**
 * @param fail makes an error of problems
 * @throws the error of `fail`
 */
export function readYaml(text: string, maxBytes: number, fail: (problems: RuleProblem[]) => Error): YamlFile {
  if (Buffer.byteLength(text) > maxBytes) throw fail([ofWholeFile(`larger than ${maxBytes / 1024} KB`)]);
  /** Catches the errors of the parser, such as for text that is nested too deep. */
  const orProblem = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw fail([ofWholeFile(error instanceof RangeError ? 'nested too deep' : describeError(error))]);
    }
  };
  const lines = new LineCounter();
  const document = orProblem(() => parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' }));
  // The composer itself catches an overflow of the stack.
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw fail([ofWholeFile('nested too deep')]);
  // After the first few, syntax errors are consequences of earlier ones.
  const wrong = [...document.errors, ...document.warnings].slice(0, 5);
  if (wrong.length > 0) {
    const problems = wrong.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: '', line, column: col, message };
    });
    throw fail(problems);
  }
  const value: unknown = orProblem(() => document.toJS({ maxAliasCount: 100 }));
  return { value, placeOf: (path) => positionOf(document, path, lines) };
}

export function ofWholeFile(message: string): RuleProblem {
  return { path: '', line: null, column: null, message };
}

/** Sorted by their places in the file. */
export function inOrder(problems: readonly RuleProblem[]): RuleProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

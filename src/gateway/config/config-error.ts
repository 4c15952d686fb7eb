import { UserError } from '../../base/errors.js';
import { describeProblems, type RuleProblem } from '../../rules/rule-set.js';

/** With a path inside the file, such as `routes.docs.upstreams[0].url`; without a place for a value from the environment. */
export type ConfigProblem = RuleProblem;

/** The configuration cannot be used. The message names each problem with its place; it shows no value. */
export class GatewayConfigError extends UserError {
  override readonly name = 'GatewayConfigError';
  override readonly exitCode = 2;
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(describeProblems(file, problems));
    this.file = file;
    this.problems = problems;
  }
}

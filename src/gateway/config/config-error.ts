import { UserError } from '../../base/errors.js';

export interface ConfigProblem {
  /** Inside the file, such as `routes.docs.upstreams[0].url`; empty: the whole file. */
  path: string;
  /** From 1; null where they are not known, as of a value from the environment. */
  line: number | null;
  column: number | null;
  message: string;
}

const MAX_SHOWN = 20;

/** The configuration cannot be used. The message names each problem with its place; it shows no value. */
export class GatewayConfigError extends UserError {
  override readonly name = 'GatewayConfigError';
  override readonly exitCode = 2;
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const shown = problems.slice(0, MAX_SHOWN).map((problem) => describeConfigProblem(file, problem));
    const more = problems.length > MAX_SHOWN ? [`… and ${problems.length - MAX_SHOWN} more`] : [];
    super([...shown, ...more].join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

/** As compilers write it: `gateway.yaml:3:5: routes.docs: expected …`. */
function describeConfigProblem(file: string, { path, line, column, message }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return [place, ...(path === '' ? [] : [path]), message].join(': ');
}

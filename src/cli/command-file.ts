import type { ArgumentsCamelCase, Argv } from 'yargs';

/** A file in commands/. */
export interface CommandFile<Described> {
  /** Describes what the command takes. */
  options(yargs: Argv): Argv<Described>;
  /** @param wrapped the words after the first `--`; only `wrap` uses them */
  run(options: ArgumentsCamelCase<Described>, wrapped: readonly string[]): Promise<void>;
}

/** The arguments of `run`, as `options` describes them. */
export type OptionsOf<Describe extends (yargs: Argv) => unknown> =
  ReturnType<Describe> extends Argv<infer Described> ? ArgumentsCamelCase<Described> : never;

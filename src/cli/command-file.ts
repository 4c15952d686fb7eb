import type { ArgumentsCamelCase, Argv } from 'yargs';

/** A file of commands/: what its command takes, and what it does. */
export interface CommandFile<Described> {
  options(yargs: Argv): Argv<Described>;
  /** @param wrapped what stood after the first `--`; only `wrap` has a use for it */
  run(options: ArgumentsCamelCase<Described>, wrapped: readonly string[]): Promise<void>;
}

/** What `run` gets, from what `options` describes. */
export type OptionsOf<Describe extends (yargs: Argv) => unknown> =
  ReturnType<Describe> extends Argv<infer Described> ? ArgumentsCamelCase<Described> : never;

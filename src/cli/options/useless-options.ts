import { UsageError } from '../../base/errors.js';

/** For each option, the uses of the command on which it has an effect, each as people call it: `tape show`. */
export type UsedBy<Use extends string> = Readonly<Record<string, readonly Use[]>>;

/**
 * Refuses an option that this use of a command would ignore, since the user meant something else. Options must have no defaults.
 * @param advice what to do instead; default: leave it out
 * @throws UsageError
 */
export function refuseUseless<Use extends string>(
  args: Readonly<Record<string, unknown>>,
  usedBy: UsedBy<Use>,
  use: Use,
  advice: (option: string) => string = () => 'leave it out',
): void {
  for (const [option, uses] of Object.entries(usedBy)) {
    if (!isGiven(args[option]) || uses.includes(use)) continue;
    throw new UsageError(`--${option} is for ${listed(uses)}, not for ${use}: ${advice(option)}.`);
  }
}

/** Whether an option without a default is on the command line. */
export function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** `one, two and three` */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

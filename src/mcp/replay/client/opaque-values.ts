import { isRecord, type JsonRecord } from '../../../base/json.js';

/** Fields of answers whose values a server makes up, and those of later requests that give them back. */
const GIVEN = ['nextCursor', 'requestState', 'taskId'] as const;
const GIVEN_BACK = ['cursor', 'requestState', 'taskId'] as const;

/** Values that the real server gave in place of recorded ones: later requests must have its own. */
export class OpaqueValues {
  readonly #now = new Map<string, string>();

  learn(recorded: unknown, found: unknown): void {
    for (const [one, other] of [
      [recorded, found],
      [field(recorded, 'task'), field(found, 'task')],
    ]) {
      for (const name of GIVEN) {
        const [before, now] = [field(one, name), field(other, name)];
        if (typeof before === 'string' && typeof now === 'string') this.#now.set(before, now);
      }
    }
  }

  /** The `params` of a recorded request with the values of the real server. */
  applyTo(params: JsonRecord): JsonRecord {
    const changed = GIVEN_BACK.flatMap((name) => {
      const now = this.#now.get(String(params[name]));
      return typeof params[name] === 'string' && now !== undefined ? [[name, now]] : [];
    });
    return { ...params, ...Object.fromEntries(changed) };
  }
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

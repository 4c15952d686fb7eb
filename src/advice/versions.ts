/** Versions of Claude Code with which the settings were tried, oldest first: test/e2e/claude/settings.test.ts. */
export const TRIED_VERSIONS = ['2.0.30', '2.1.197', '2.1.329', '2.1.332'] as const;

export type TriedVersion = (typeof TRIED_VERSIONS)[number];

/**
 * Whether an effect that was seen with some versions also holds for another: it must have been seen with the nearest tried
 * versions on both sides. Null, an unknown version, is never covered, nor are versions beyond the tried ones.
 */
export function covers(seen: readonly TriedVersion[], version: string | null): boolean {
  if (version === null) return false;
  const below = TRIED_VERSIONS.findLast((tried) => compareVersions(tried, version) <= 0);
  const above = TRIED_VERSIONS.find((tried) => compareVersions(tried, version) >= 0);
  return below !== undefined && above !== undefined && seen.includes(below) && seen.includes(above);
}

/** Compares versions such as `2.1.329`; whatever follows the numbers is ignored. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/).slice(0, 3).map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] || 0) - (right?.[index] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** From the user-agent header: `claude-cli/2.1.329 (external, cli)`. Null: not from Claude Code. */
export function claudeVersion(userAgent: string | null): string | null {
  return /^claude-cli\/(\d+\.\d+\.\d+)/.exec(userAgent ?? '')?.[1] ?? null;
}

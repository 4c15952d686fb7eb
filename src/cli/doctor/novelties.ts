import type { VersionNovelties } from '../../model/novelty.js';
import type { Paths } from '../../settings/paths.js';
import { VERSION } from '../../settings/version.js';
import { counted, formatPercent, shareOf } from '../../text/units.js';
import { findingsOf, NOTABLE_SHARE } from './database.js';
import { type Finding, note, ok } from './finding.js';

const WHAT = 'Claude Code';
/** Maximum number of names in the line. The table `novelties` of the database has all of them. */
const MAX_NAMES = 20;

/**
 * One line for an issue, about data of the newest Claude Code that this version of claude-trace does not know. It has only names
 * of the protocol and counts, no text of a conversation. Empty if no request of Claude Code was captured.
 */
export function checkNovelties(paths: Pick<Paths, 'database'>): Finding[] {
  return findingsOf(paths, (reader) => describeNovelties(reader.novelties(VERSION)));
}

/** @param versions the last seen first */
export function describeNovelties(versions: readonly VersionNovelties[]): Finding[] {
  const [last] = versions;
  if (last === undefined) return [];
  const strange = versions.find((each) => each.novelties.length > 0 || isRaised(each, versions));
  if (strange === undefined) {
    return [ok(WHAT, `${last.version}: everything in ${counted(last.requests, 'request')} is known`)];
  }
  const { version, requests, novelties } = strange;
  const names = novelties.map((each) => `${each.kind} ${each.name} (${each.requests})`);
  const found = [
    ...names.slice(0, MAX_NAMES),
    ...(names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : []),
    ...(isRaised(strange, versions) ? [`text without a rule: ${formatPercent(unmatchedShare([strange]))}`] : []),
  ];
  const message = `claude-trace ${VERSION} does not know these parts of Claude Code ${version}, seen in ${counted(requests, 'request')}: ${found.join(', ')}`;
  return [note(WHAT, `${message}. Please paste this line into an issue; it contains nothing from your conversations`)];
}

/** Whether more of its text has no rule: a notable share that is also twice that of the other versions. */
function isRaised(version: VersionNovelties, all: readonly VersionNovelties[]): boolean {
  const share = unmatchedShare([version]);
  return share >= NOTABLE_SHARE && share >= 2 * unmatchedShare(all.filter((other) => other !== version));
}

function unmatchedShare(versions: readonly VersionNovelties[]): number {
  const sum = (figure: 'tokens' | 'unmatchedTokens') => versions.reduce((total, each) => total + each[figure], 0);
  return shareOf(sum('unmatchedTokens'), sum('tokens')) ?? 0;
}

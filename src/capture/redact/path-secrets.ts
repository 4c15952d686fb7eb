/** A segment that announces a secret as the next one. */
const ANNOUNCES_SECRET = /^(?:[a-z]+[-_])?(?:tokens?|keys?|secrets?|auth|bearer|passw(?:or)?d|webhooks?)$/i;

/** Forms of keys: of gateways, GitHub, GitLab, Slack, Stripe, Telegram, AWS; JSON web tokens. */
const KEY_SHAPE =
  /^(?:(?:sk|pk|rk|whsec|gh[pousr]|github_pat|glpat|xox[a-z]|xapp|pat|npm|hf|key|token|secret)[-_].{12,}|bot\d+:.{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]+\.[\w-]+\.[\w-]*)$/;

/** UUIDs, and ids of the API, which begin with their kind. */
const ID =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?!(?:sk|pk|rk|key|token|secret|pat)_)[a-z]{2,12}_[A-Za-z0-9]{10,40})$/i;

const MIN_ANNOUNCED_LENGTH = 12;
const MIN_RANDOM_LENGTH = 20;

/** Whether a segment of a path is a secret: by its form, by its randomness, or by the segment before it. */
export function isPathSecret(segment: string, before: string): boolean {
  if (segment.length < MIN_ANNOUNCED_LENGTH || segment.length > 4_096) return false;
  if (KEY_SHAPE.test(segment)) return true;
  if (ANNOUNCES_SECRET.test(before) && /\d/.test(segment)) return true;
  return segment.length >= MIN_RANDOM_LENGTH && !ID.test(segment) && isRandom(segment);
}

/** A run of letters and digits that is too long for a word with a version, or lower case, upper case and digits as in Base64. */
function isRandom(segment: string): boolean {
  if (!/^[\w.~=+:-]+$/.test(segment) || !/\d/.test(segment)) return false;
  const isMixed = /[a-z]/.test(segment) && /[A-Z]/.test(segment) && segment.length >= 24;
  return (
    isMixed || segment.split(/[-_.:~]/).some((part) => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part))
  );
}

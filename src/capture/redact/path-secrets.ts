/** A segment that says what the next one is. */
const ANNOUNCES_SECRET = /^(?:[a-z]+[-_])?(?:tokens?|keys?|secrets?|auth|bearer|passw(?:or)?d|webhooks?)$/i;

/** Shapes of keys in use: of gateways, GitHub, GitLab, Slack, Stripe, Telegram, AWS; a JSON web token. */
const KEY_SHAPE =
  /^(?:(?:sk|pk|rk|whsec|gh[pousr]|github_pat|glpat|xox[a-z]|xapp|pat|npm|hf|key|token|secret)[-_].{12,}|bot\d+:.{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]+\.[\w-]+\.[\w-]*)$/;

/** Ids: UUIDs, and those of the API, which begin with what they are of. */
const ID =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?!(?:sk|pk|rk|key|token|secret|pat)_)[a-z]{2,12}_[A-Za-z0-9]{10,40})$/i;

const SHORTEST_ANNOUNCED = 12;
const SHORTEST_RANDOM = 20;

/** Whether a segment of a path is a secret: by its shape, by its randomness, or by the segment before it. */
export function isPathSecret(segment: string, before: string): boolean {
  if (segment.length < SHORTEST_ANNOUNCED || segment.length > 4_096) return false;
  if (KEY_SHAPE.test(segment)) return true;
  if (ANNOUNCES_SECRET.test(before) && /\d/.test(segment)) return true;
  return segment.length >= SHORTEST_RANDOM && !ID.test(segment) && isRandom(segment);
}

/** Letters and digits in a run that is too long for a word with a version; or of all three kinds, as Base64 has them. */
function isRandom(segment: string): boolean {
  if (!/^[\w.~=+:-]+$/.test(segment) || !/\d/.test(segment)) return false;
  const isMixed = /[a-z]/.test(segment) && /[A-Z]/.test(segment) && segment.length >= 24;
  return (
    isMixed || segment.split(/[-_.:~]/).some((part) => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part))
  );
}
